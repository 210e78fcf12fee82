// The desk works without this; with it, a selected sentence is put into the field, and progress is looked at again.
(() => {
  "use strict";

  const text = document.querySelector("[data-select-from]");
  const field = text && document.getElementById(text.dataset.selectFrom);
  if (field) {
    document.addEventListener("selectionchange", () => {
      const chosen = document.getSelection();
      const words = chosen.toString().trim();
      if (words && text.contains(chosen.anchorNode)) field.value = words;
    });
  }

  if (document.querySelector("[data-under-way]")) setTimeout(() => location.reload(), 1500);
})();
