UPDATE @invitations@ AS invitation
SET email = $2, role = $3, token_hash = pg_catalog.decode($4, 'hex'), invited_by = $5, expires_at = $6, updated_at = pg_catalog.now()
WHERE invitation.account_id OPERATOR(pg_catalog.=) $1
    AND rowkit.email_key(invitation.email::pg_catalog.text) OPERATOR(pg_catalog.=) rowkit.email_key($2) AND invitation.accepted_at IS NULL @live@
RETURNING invitation.id::pg_catalog.uuid
