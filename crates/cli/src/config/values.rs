//! What settings are read from, where several keys want the same.

/// An address to listen on.
pub fn address(value: &str) -> Result<String, String> {
    match value.parse::<std::net::SocketAddr>() {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err(format!(
            "“{value}” is not an address; write IP:PORT, such as 127.0.0.1:3000."
        )),
    }
}

/// A whole number within its bounds.
pub(super) fn number<T>(value: &str, low: u64, high: u64) -> Result<T, String>
where
    T: TryFrom<u64>,
{
    let problem = || format!("“{value}” must be a whole number from {low} to {high}.");
    let number: u64 = value.parse().map_err(|_| problem())?;
    if !(low..=high).contains(&number) {
        return Err(problem());
    }
    T::try_from(number).map_err(|_| problem())
}

/// Yes or no.
pub(super) fn flag(value: &str) -> Result<bool, String> {
    match value {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(format!("“{value}” must be true or false.")),
    }
}
