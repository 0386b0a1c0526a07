// A plain Better Auth 1.7.

import { toNodeHandler } from "better-auth/node";
import { listen, ready, testing } from "./auth.mjs";
import { make } from "./modern.mjs";

const { port, serve } = await listen();
const { auth } = await make(port);
const handle = toNodeHandler(auth);
serve((request, response) => (request.url.startsWith("/test/") ? testing(auth, request, response) : handle(request, response)));
ready(port);
