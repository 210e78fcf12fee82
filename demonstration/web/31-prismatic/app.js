// The whole site is in here: without JavaScript the page is empty.
document.getElementById("root").innerHTML =
  "<h1>Prismatic Ketamine Studio</h1>" +
  "<p>Austin's brightest room for ketamine. Our psychiatrist, Dr. Ottoline Speer, meets every guest before the first session.</p>" +
  "<p>A nurse stays in the room and your blood pressure is taken every ten minutes.</p>" +
  "<p>2100 Barton Loop, Austin, TX 78704. 512-555-0177.</p>";
