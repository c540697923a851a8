UPDATE @invitations@ AS invitation SET accepted_at = pg_catalog.clock_timestamp(), accepted_by = $2, updated_at = pg_catalog.now()
WHERE invitation.token_hash OPERATOR(pg_catalog.=) pg_catalog.decode($1, 'hex') AND invitation.accepted_at IS NULL
    AND COALESCE(invitation.expires_at OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp(), true) @live@
RETURNING invitation.account_id::pg_catalog.uuid, invitation.email::pg_catalog.text, invitation.role::pg_catalog.text, invitation.invited_by::pg_catalog.uuid
