//! How a request reaches the server: over https, or through a proxy that is named.

mod certificates;
mod https;
mod proxies;
mod real_proxies;
