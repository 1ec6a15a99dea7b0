// The language server that the extension brings along.

import { startServer } from "../../../compiler/cli/server.ts";

await startServer({ cwd: process.cwd(), environment: process.env });
