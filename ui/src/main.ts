import { tauriBackend } from "./backend/tauri";
import { start } from "./start";

start(tauriBackend);
