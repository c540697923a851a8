DELETE FROM @statistics@
