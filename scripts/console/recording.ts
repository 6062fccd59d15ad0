import gifenc from 'gifenc';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';

/** What a page looked like, picture by picture, as an animated GIF: the browser's own recorder would need a program that npm does not bring. */
export class Recording {
  readonly #page: Page;
  readonly #frames: { png: PNG; ms: number }[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** Takes a picture that stays for so long. */
  async shows(ms: number): Promise<void> {
    this.#frames.push({ png: PNG.sync.read(await this.#page.screenshot()), ms });
  }

  gif(): Uint8Array {
    const encoder = gifenc.GIFEncoder();
    for (const { png, ms } of this.#frames) {
      const palette = gifenc.quantize(png.data, 128);
      encoder.writeFrame(gifenc.applyPalette(png.data, palette), png.width, png.height, { palette, delay: ms });
    }
    encoder.finish();
    return encoder.bytes();
  }
}
