declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** The LevelDB folder; undefined: memory. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }

  /** The HTTP server, not listening yet; `close` closes the database too. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
