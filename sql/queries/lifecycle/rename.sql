-- Gives rows another name: a number that an earlier restore added is taken off, and the number in $1 is added.
UPDATE @relation@ AS target
SET @column@ = @renamed@
WHERE @among@
