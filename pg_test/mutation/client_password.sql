-- attack: client_by_invitation
-- An invitation that sets the password of a client who has one.
CREATE OR REPLACE FUNCTION sc.claim_invitation(token text, password_hash text DEFAULT NULL) RETURNS TABLE(client_id uuid, organization_id uuid, email text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        UPDATE sc.clients AS client SET password_hash = claim_invitation.password_hash, email_verified = true
        FROM sc.client_invitations AS invitation
        WHERE invitation.invitation_token = rowkit.hash_api_token(claim_invitation.token) AND client.email = invitation.email AND client.organization_id = invitation.organization_id
        RETURNING client.id, client.organization_id, client.email
    $$;
