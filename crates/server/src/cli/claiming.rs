//! What a server without people says where it runs: the token that it is claimed with. It is written to
//! standard output alone; the log and every answer are without it.

use keydeck_server::Server;

use super::{Outcome, say};

/// Tells the token, where nobody has claimed the server yet.
pub(crate) async fn tell(server: &Server, address: &str) -> Outcome {
    let Some(token) = server.offer_claim().await? else { return Ok(()) };
    // Exposed to be told to whoever can see what this process writes: that is the proof that it is his.
    let token = token.expose();
    say(&format!(
        "\n\
         This server has no owner yet. To claim it, open Keydeck, choose 'Add server' and enter\n\
         \n\
         \x20   address  {address}\n\
         \x20   token    {token}\n\
         \n\
         The token works once. Until somebody has used it, each start makes another.\n"
    ))
}
