// The extensions that the server reads: a test of the Rust crate `headwater-knowledge` keeps this list.
export const ACCEPT =
  '';
