INSERT INTO @membership@ (@tenant@, @user@, @role@) VALUES ($1, $2, $3)
