//! How many requests a caller may make, in this process (token buckets by `governor`).

use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use headwater_model::{Code, Error, Result};

use crate::Platform;
use crate::config::Limits;

/// Past this many keys, those at rest are forgotten.
const KEPT: usize = 50_000;

pub(crate) struct Rates {
    requests: DefaultKeyedRateLimiter<String>,
    sign_ins: DefaultKeyedRateLimiter<String>,
    deliveries: DefaultKeyedRateLimiter<String>,
    forms: DefaultKeyedRateLimiter<String>,
    visits: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let limiter = |per_minute: u32| {
            RateLimiter::keyed(Quota::per_minute(
                NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
            ))
        };
        Self {
            requests: limiter(limits.requests_per_minute),
            sign_ins: limiter(limits.sign_ins_per_minute),
            deliveries: limiter(limits.deliveries_per_minute),
            forms: limiter(limits.forms_per_minute),
            visits: limiter(limits.visits_per_minute),
            clock: DefaultClock::default(),
        }
    }

    fn check(
        &self,
        limiter: &DefaultKeyedRateLimiter<String>,
        name: &'static str,
        key: &str,
    ) -> Result<()> {
        if limiter.len() > KEPT {
            limiter.retain_recent();
        }
        limiter.check_key(&key.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now()).as_secs() + 1;
            Error::new(
                Code::RateLimited,
                format!("Too many requests. Try again in {wait} s."),
            )
            .with_limit(name, Some(wait))
        })
    }
}

impl Platform {
    /// Counts a request against `key` (a hashed credential or an address).
    pub fn admit_request(&self, key: &str) -> Result<()> {
        self.inner
            .rates
            .check(&self.inner.rates.requests, "requests_per_minute", key)
    }

    /// Counts a sign-in or set-up attempt from an address.
    pub fn admit_sign_in(&self, address: &str) -> Result<()> {
        self.inner
            .rates
            .check(&self.inner.rates.sign_ins, "sign_ins_per_minute", address)
    }

    /// Counts a delivery that has proved itself against its webhook.
    pub(crate) fn admit_delivery(&self, trigger: &str) -> Result<()> {
        let rates = &self.inner.rates;
        rates.check(&rates.deliveries, "deliveries_per_minute", trigger)
    }

    /// Counts a visit of a share begun from an address.
    pub(crate) fn admit_visit(&self, address: &str) -> Result<()> {
        let rates = &self.inner.rates;
        rates.check(&rates.visits, "visits_per_minute", address)
    }

    /// Counts a form sent from an address.
    pub(crate) fn admit_form(&self, address: &str) -> Result<()> {
        let rates = &self.inner.rates;
        rates.check(&rates.forms, "forms_per_minute", address)
    }
}
