//! From where `/mcp` may be called: not by a page that made a browser believe that this machine is
//! its own server (DNS rebinding), and not by pages of strangers.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{HOST, ORIGIN};
use headwater_model::{Error, Result};

use crate::ServerConfig;

pub(super) fn check(request: &Request, config: &ServerConfig) -> Result<()> {
    let text = |name| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or("?").to_lowercase())
    };
    let authority = || Some(request.uri().authority()?.as_str().to_lowercase());
    let host = text(HOST).or_else(authority).unwrap_or_default();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let local = peer.is_some_and(|info| info.0.ip().to_canonical().is_loopback());
    check_host(&host, local && !config.trust_proxy, &config.mcp_hosts)?;
    match text(ORIGIN) {
        Some(origin) => check_origin(&origin, &host, &config.mcp_hosts),
        None => Ok(()),
    }
}

/// Whoever calls from this machine must call it by a name of this machine.
fn check_host(host: &str, local: bool, allowed: &[String]) -> Result<()> {
    let name = name(host);
    let ip = name.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_here = name == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
    if !local || is_here || allowed.iter().any(|one| one == name) {
        return Ok(());
    }
    Err(Error::forbidden(
        "This server is not called by that name from this machine. An operator can allow the name \
         with mcp.allowed_hosts, or say with server.trust_proxy that a proxy stands in front.",
    ))
}

/// A page may call the server it came from, and pages of allowed hosts may.
fn check_origin(origin: &str, host: &str, allowed: &[String]) -> Result<()> {
    let from = origin.split_once("://").map(|(_, authority)| authority);
    let fits = from.is_some_and(|from| from == host || allowed.iter().any(|one| one == name(from)));
    if fits {
        return Ok(());
    }
    Err(Error::forbidden(
        "Pages of that origin may not call this server. An operator can allow its host with \
         mcp.allowed_hosts.",
    ))
}

/// A host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_bound_to_this_machine_is_no_way_in() {
        let allowed = ["hw.example".to_owned()];
        for host in [
            "localhost:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "hw.example",
        ] {
            assert!(check_host(host, true, &allowed).is_ok(), "{host}");
        }
        for host in [
            "evil.example:3000",
            "",
            "127.0.0.1.evil.example",
            "10.0.0.1",
        ] {
            assert!(check_host(host, true, &allowed).is_err(), "{host}");
        }
        assert!(check_host("anything.example", false, &[]).is_ok());
    }

    #[test]
    fn pages_of_strangers_are_refused() {
        let allowed = ["app.example".to_owned()];
        assert!(check_origin("http://localhost:3000", "localhost:3000", &[]).is_ok());
        assert!(check_origin("https://app.example", "hw.example", &allowed).is_ok());
        for origin in [
            "null",
            "https://evil.example",
            "http://localhost:4000",
            "https://app.example.evil",
        ] {
            assert!(
                check_origin(origin, "localhost:3000", &allowed).is_err(),
                "{origin}"
            );
        }
    }
}
