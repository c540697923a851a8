//! Invitations: told once, accepted once, by whom they are for, and never above the inviter's own role.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, run};
    use pgrx::pg_test;

    const ACME: &str = "00000000-0000-4000-8000-0000000000a1";
    const OLGA: &str = "00000000-0000-4000-8000-000000000001";
    const ADAM: &str = "00000000-0000-4000-8000-000000000002";
    const NEIL: &str = "00000000-0000-4000-8000-000000000004";

    fn begin_invitations() {
        begin();
        run(&format!(
            "CREATE TABLE accounts (id uuid PRIMARY KEY);
            CREATE TABLE account_users (account_id uuid REFERENCES accounts, user_id uuid, role text NOT NULL, is_active boolean NOT NULL DEFAULT true, PRIMARY KEY (account_id, user_id));
            INSERT INTO accounts VALUES ('{ACME}'); INSERT INTO account_users VALUES ('{ACME}', '{OLGA}', 'owner'), ('{ACME}', '{ADAM}', 'admin')"
        ));
        run(
            "SELECT enable_invitations(); SELECT register_membership('account_users', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}')",
        );
    }

    fn invite(email: &str, role: &str, by: &str) -> String {
        answer(&format!("SELECT token FROM create_invitation('{ACME}', '{email}', '{role}', invited_by => '{by}')"))
    }

    fn claims(user: &str, email: &str) {
        run(&format!("SET LOCAL request.jwt.claims = '{{\"sub\": \"{user}\", \"email\": \"{email}\"}}'"));
    }

    const INVALID: &str = "22023: the invitation is not valid";

    #[pg_test]
    fn invitation_is_told_once_and_lasts_a_week() {
        begin_invitations();
        let token = invite(" Neil@Example.com ", "member", ADAM);
        assert!(token.starts_with("rk_invite_"), "{token}");
        assert_eq!(
            answer(&format!(
                "SELECT email, role, token_hash = decode(hash_api_token('{token}'), 'hex'), round(extract(epoch FROM expires_at - now()) / 86400) FROM invitations"
            )),
            "Neil@Example.com|member|true|7"
        );
    }

    #[pg_test]
    fn invitation_makes_a_member_once() {
        begin_invitations();
        let token = invite("neil@example.com", "member", ADAM);
        claims(NEIL, "NEIL@example.com");
        assert_eq!(
            answer(&format!("SELECT account_id, role FROM accept_invitation('{token}')")),
            format!("{ACME}|member")
        );
        assert_eq!(error(&format!("SELECT accept_invitation('{token}')")), INVALID);
        assert_eq!(
            answer(&format!("SELECT role, is_active FROM account_users WHERE user_id = '{NEIL}'")),
            "member|true"
        );
        assert_eq!(answer("SELECT accepted_at IS NOT NULL, accepted_by FROM invitations"), format!("true|{NEIL}"));
    }

    #[pg_test]
    fn invitation_is_for_its_address_alone() {
        begin_invitations();
        let token = invite("neil@example.com", "member", ADAM);
        claims(NEIL, "other@example.com");
        assert_eq!(
            error(&format!("SELECT accept_invitation('{token}')")),
            "42501: the invitation is for another e-mail address"
        );
        assert_eq!(answer("SELECT count(*) FROM account_users"), "2");
    }

    #[pg_test]
    fn invitation_gives_no_role_above_the_inviters() {
        begin_invitations();
        let invite = |role: &str, by: &str| {
            error(&format!("SELECT create_invitation('{ACME}', 'x@example.com', '{role}', invited_by => '{by}')"))
        };
        assert_eq!(invite("owner", ADAM), "42501: the role admin cannot give the role owner");
        assert_eq!(invite("viewer", NEIL), "42501: who is no active member of the account cannot invite");
        assert_eq!(invite("emperor", OLGA), "22023: there is no role emperor");
    }

    #[pg_test]
    fn invitation_counts_the_inviters_role_of_the_day() {
        begin_invitations();
        let token = invite("neil@example.com", "admin", ADAM);
        run(&format!("UPDATE account_users SET role = 'viewer' WHERE user_id = '{ADAM}'"));
        claims(NEIL, "neil@example.com");
        assert!(error(&format!("SELECT accept_invitation('{token}')")).starts_with("42501: "));
        assert_eq!(answer("SELECT count(*) FROM account_users"), "2");
    }

    #[pg_test]
    fn invitation_again_replaces_the_one_before() {
        begin_invitations();
        let first = invite("neil@example.com", "member", ADAM);
        let second = invite("NEIL@example.com", "viewer", ADAM);
        assert_eq!(answer("SELECT count(*) FROM invitations"), "1");
        claims(NEIL, "neil@example.com");
        assert_eq!(error(&format!("SELECT accept_invitation('{first}')")), INVALID);
        assert_eq!(answer(&format!("SELECT role FROM accept_invitation('{second}')")), "viewer");
    }

    #[pg_test]
    fn invitation_that_expired_is_none() {
        begin_invitations();
        let token = invite("neil@example.com", "member", ADAM);
        run("UPDATE invitations SET expires_at = now() - interval '1 second'");
        claims(NEIL, "neil@example.com");
        assert_eq!(error(&format!("SELECT accept_invitation('{token}')")), INVALID);
        assert_eq!(error("SELECT accept_invitation('nonsense')"), INVALID);
    }

    #[pg_test]
    fn invitation_never_lowers_a_members_role() {
        begin_invitations();
        let token = invite("adam@example.com", "viewer", OLGA);
        claims(ADAM, "adam@example.com");
        run(&format!("SELECT accept_invitation('{token}')"));
        assert_eq!(answer(&format!("SELECT role FROM account_users WHERE user_id = '{ADAM}'")), "admin");
    }
}
