//! From where somebody asks.
use crate::core::audit::address::TrustedProxies;
use crate::core::check;
use crate::pg::{guc, setting, spi};
use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

thread_local! {
    /// What the setting said last, and what it means.
    static PROXIES: RefCell<Option<(String, Rc<TrustedProxies>)>> = const { RefCell::new(None) };
}

/// The client's address as far as the connection and trusted proxies tell it; none where no proxy is trusted. If rowkit.trusted_proxies cannot be parsed, none is: what is
/// noted with an address must not fail because of it.
pub fn origin() -> Option<IpAddr> {
    let list = guc::trusted_proxies();
    if list.is_empty() && check::in_force("trusted_proxies") {
        return None;
    }
    let proxies = PROXIES.with_borrow_mut(|known| match known {
        Some((text, proxies)) if *text == list => Rc::clone(proxies),
        _ => {
            let proxies = Rc::new(TrustedProxies::parse(&list).unwrap_or_default());
            Rc::clone(&known.insert((list, proxies)).1)
        }
    });
    let connection = spi::client_host().and_then(|address| address.parse().ok());
    let headers = setting::text(c"request.headers");
    proxies.origin(connection, headers.as_deref())
}
