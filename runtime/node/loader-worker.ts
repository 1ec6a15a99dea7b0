// The script of a thread that makes batches, in Node.

import { parentPort } from "node:worker_threads";
import { serveLoader } from "../data/loader-thread.ts";

if (parentPort !== null) {
  const port = parentPort;
  serveLoader({
    listen: (callback) => port.on("message", callback),
    send: (message) => port.postMessage(message),
  });
}
