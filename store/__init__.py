"""What is kept: clinics, runs, snapshots, pages, findings, assessments, and people's input; the archive of bytes."""
