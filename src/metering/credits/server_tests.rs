//! Credits: grants that are spent in order, debits with a key, reservations, refunds and the ledger of all of it.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, refused, run};
    use pgrx::pg_test;

    const A: &str = "00000000-0000-4000-8000-0000000000a1";

    fn begin_credits() {
        begin();
        run(&format!(
            "CREATE TABLE accounts (id uuid PRIMARY KEY, name text); INSERT INTO accounts VALUES ('{A}', 'Acme'); SELECT enable_credits('accounts')"
        ));
    }

    /// A call for the account; what it tells without ids.
    fn told(function: &str, arguments: &str) -> String {
        answer(&format!("SELECT {function}('{A}'::uuid, {arguments}) - 'operation_id' - 'grant_id' - 'reservation_id'"))
    }

    fn balance() -> String {
        answer(&format!("SELECT credit_balance('{A}'::uuid)"))
    }

    /// Whether the balance is the sum of the ledger, and of what the grants hold.
    fn is_in_balance() -> String {
        answer("SELECT account.balance = (SELECT coalesce(sum(amount), 0) FROM credit_entries) AND account.balance = (SELECT coalesce(sum(remaining), 0) FROM credit_grants)
            FROM credit_accounts AS account")
    }

    #[pg_test]
    fn credits_are_granted_and_taken() {
        begin_credits();
        assert_eq!(balance(), "0");
        assert_eq!(told("grant_credits", "10"), "{\"amount\": 10, \"balance\": 10}");
        assert_eq!(told("consume_credits", "4, 'export'"), "{\"amount\": 4, \"balance\": 6}");
        assert_eq!(is_in_balance(), "true");
    }

    #[pg_test]
    fn credits_that_are_too_few_are_all_refused() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 5)"));
        let refusal = refused(&format!("SELECT consume_credits('{A}'::uuid, 6, 'export')"));
        assert_eq!(
            (refusal.sqlstate(), refusal.message().to_owned()),
            ("53400", format!("account {A} has 5 credits, and export takes 6"))
        );
        assert_eq!(
            refusal.detail_json(),
            serde_json::json!({"account_id": A, "limit": 5, "plan": null, "requested": 6, "resource_type": "credits", "used": 0})
        );
        assert_eq!(balance(), "5");
    }

    #[pg_test]
    fn credits_are_spent_by_priority_then_by_their_end() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 10, source => 'bought'); SELECT grant_credits('{A}'::uuid, 5, priority => 10, source => 'gift');
            SELECT grant_credits('{A}'::uuid, 3, expires_at => now() + interval '1 hour', source => 'trial'); SELECT consume_credits('{A}'::uuid, 7, 'export')"));
        assert_eq!(answer("SELECT source, remaining FROM credit_grants ORDER BY source"), "bought|10\ngift|0\ntrial|1");
    }

    #[pg_test]
    fn credits_of_one_key_are_one_debit() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 10)"));
        let debit = |amount: i32| format!("SELECT consume_credits('{A}'::uuid, {amount}, 'export', 'key-1')");
        assert_eq!(answer(&debit(4)), answer(&debit(4)));
        assert_eq!(balance(), "6");
        assert_eq!(error(&debit(5)), "22023: the idempotency key key-1 was used for another request");
    }

    #[pg_test]
    fn credits_are_refunded_no_more_than_were_taken() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 10)"));
        let operation = answer(&format!("SELECT consume_credits('{A}'::uuid, 5, 'big') ->> 'operation_id'"));
        run(&format!("SELECT refund_credits('{operation}', 2)"));
        assert_eq!(balance(), "7");
        assert_eq!(
            error(&format!("SELECT refund_credits('{operation}', 4)")),
            "22023: 3 credits of the operation can be refunded"
        );
        run(&format!("SELECT refund_credits('{operation}')"));
        assert_eq!(balance(), "10");
        assert_eq!(is_in_balance(), "true");
    }

    #[pg_test]
    fn credits_are_reserved_and_settled_in_part() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 5)"));
        let held = answer(&format!("SELECT reserve_credits('{A}'::uuid, 4, 'ai') ->> 'reservation_id'"));
        assert_eq!(balance(), "1");
        assert_eq!(
            error(&format!("SELECT settle_credits('{held}', 5)")),
            "22023: a reservation of 4 cannot be settled with 5"
        );
        run(&format!("SELECT settle_credits('{held}', 3)"));
        assert_eq!(balance(), "2");
        assert_eq!(
            error(&format!("SELECT release_credits('{held}')")),
            "55000: an operation with status settled does not allow: release"
        );
    }

    #[pg_test]
    fn credits_that_are_reserved_come_back() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 5)"));
        let held = answer(&format!("SELECT reserve_credits('{A}'::uuid, 4, 'ai') ->> 'reservation_id'"));
        run(&format!("SELECT release_credits('{held}')"));
        assert_eq!(balance(), "5");
        // A reservation lapses by itself.
        run(&format!("SELECT reserve_credits('{A}'::uuid, 5, 'ai', interval '-1 second')"));
        assert_eq!(balance(), "5");
    }

    #[pg_test]
    fn credits_of_a_period_begin_anew_without_a_job() {
        begin_credits();
        run(&format!(
            "SELECT grant_credits('{A}'::uuid, 50, period => 'day'); SELECT consume_credits('{A}'::uuid, 30, 'search')"
        ));
        assert_eq!(balance(), "20");
        run("UPDATE credit_grants SET period_key = period_key - 1");
        assert_eq!(balance(), "50");
        assert_eq!(answer("SELECT expire_credits(), expire_credits()"), "1|0");
        assert_eq!(
            answer("SELECT kind, amount FROM credit_entries ORDER BY id"),
            "grant|50\nconsume|-30\nlapse|-20\nrenew|50"
        );
    }

    #[pg_test]
    fn credits_that_expired_are_not_there() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 5); UPDATE credit_grants SET expires_at = now()"));
        assert_eq!(balance(), "0");
        assert_eq!(refused(&format!("SELECT consume_credits('{A}'::uuid, 1, 'x')")).sqlstate(), "53400");
    }

    #[pg_test]
    fn credits_ledger_only_grows() {
        begin_credits();
        run(&format!("SELECT grant_credits('{A}'::uuid, 5)"));
        assert!(!refused("UPDATE credit_entries SET amount = 7").message().is_empty());
        assert!(!refused("DELETE FROM credit_entries").message().is_empty());
        assert_eq!(refused("DELETE FROM accounts").sqlstate(), "23503");
        run(&format!("SELECT close_credit_account('{A}'::uuid); DELETE FROM accounts"));
        assert_eq!(answer("SELECT count(*) FROM credit_entries"), "0");
    }

    #[pg_test]
    fn credit_periods_follow_the_accounts_clock() {
        begin();
        let period =
            |kind: &str, at: &str, zone: &str| answer(&format!("SELECT credit_period('{kind}', '{at}', '{zone}')"));
        assert_eq!(period("day", "2026-03-08 04:59:59Z", "America/New_York"), "2026-03-07");
        assert_eq!(period("day", "2026-03-08 05:00:00Z", "America/New_York"), "2026-03-08");
        assert_eq!(period("week", "2026-03-09 04:00:00Z", "America/New_York"), "2026-03-09");
        assert_eq!(period("month", "2026-10-31 15:00:00Z", "Asia/Tokyo"), "2026-11-01");
    }

    #[pg_test]
    fn credits_refuse_amounts_that_are_none() {
        begin_credits();
        let call = |call: &str| refused(&format!("SELECT {call}")).sqlstate().to_owned();
        assert_eq!(call(&format!("consume_credits('{A}'::uuid, 0, 'x')")), "22023");
        assert_eq!(call(&format!("consume_credits('{A}'::uuid, -1, 'x')")), "22023");
        assert_eq!(call(&format!("grant_credits('{A}'::uuid, 0)")), "22023");
        assert_eq!(call(&format!("grant_credits('{A}'::uuid, 1, period => 'year')")), "22023");
        assert_eq!(call("grant_credits('00000000-0000-4000-8000-0000000000ff'::uuid, 1)"), "23503");
    }
}
