DELETE FROM @relation@ AS target WHERE @among@
