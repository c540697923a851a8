-- Changes the children of these parents as ON DELETE SET NULL or SET DEFAULT says.
UPDATE @relation@ AS child SET @set@ WHERE EXISTS (SELECT FROM @parents@ WHERE @refers@)
