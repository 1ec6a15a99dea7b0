// The script of a thread that makes batches, in Node.

import { parentPort } from "node:worker_threads";
import { serveLoader } from "../data/loader-thread.ts";
import { readPicture } from "./read-picture.ts";

if (parentPort !== null) {
  const port = parentPort;
  serveLoader({
    listen: (callback) => port.on("message", callback),
    readPicture,
    send: (message) => port.postMessage(message),
  });
}
