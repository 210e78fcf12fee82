"""The work that joins rooms: score stored pages, rebuild, schedule, preview of a checklist edit, export."""
