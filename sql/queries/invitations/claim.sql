UPDATE @invitations@ AS invitation SET is_claimed = true, claimed_at = pg_catalog.clock_timestamp(), updated_at = pg_catalog.now()
WHERE invitation.invitation_token OPERATOR(pg_catalog.=) ANY (ARRAY[$1, $2]) AND invitation.is_claimed IS NOT TRUE
    AND COALESCE(invitation.expires_at OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp(), true) @live@
RETURNING invitation.id::pg_catalog.uuid, invitation.organization_id::pg_catalog.uuid, invitation.email::pg_catalog.text
