import gifenc from 'gifenc';
import type { CDPSession, Page } from 'playwright-core';
import { PNG } from 'pngjs';

/** What is nearer to the frame before it is left out: viewers show no more than about fifteen in a second. */
const leastMs = 60;
const lastMs = 2500;
const colours = 200;

interface Frame {
  png: string;
  /** Seconds. */
  at: number;
}

/**
 * What a page looks like while it is used, as an animated GIF. The browser's own recorder needs a program that npm does not bring; its screencast
 * needs none, and sends a frame whenever something has changed (https://chromedevtools.github.io/devtools-protocol/tot/Page/#method-startScreencast).
 */
export async function startRecording(page: Page): Promise<{ stop(): Promise<Uint8Array> }> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const frames: Frame[] = [];
  session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    frames.push({ png: data, at: metadata.timestamp ?? 0 });
    // What left meanwhile needs no answer.
    void session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
  });
  await session.send('Page.startScreencast', { format: 'png' });
  return {
    async stop() {
      await session.send('Page.stopScreencast');
      return toGif(thinned(frames));
    },
  };
}

/** Of frames that come close upon one another the last: it shows what stays. */
function thinned(frames: Frame[]): Frame[] {
  return frames.filter(({ at }, index) => {
    const next = frames[index + 1];
    return next === undefined || (next.at - at) * 1000 >= leastMs;
  });
}

/** Each frame holds what differs from the one before, and is transparent elsewhere: that is next to nothing when a letter is typed. */
function toGif(frames: Frame[]): Uint8Array {
  const pictures = frames.map(({ png }) => PNG.sync.read(Buffer.from(png, 'base64')));
  const [first] = pictures;
  if (first === undefined) throw new Error('The browser sent no frame.');
  const { width, height } = first;
  const palette = gifenc.quantize(sampleOf(pictures), colours);
  // No colour of the palette: it stands for what is there already.
  const transparentIndex = palette.length;
  palette.push([0, 0, 0]);
  const encoder = gifenc.GIFEncoder();
  let shown: Uint8Array | null = null;
  for (const [index, picture] of pictures.entries()) {
    const drawn = gifenc.applyPalette(picture.data, palette.slice(0, transparentIndex));
    const before = shown;
    const changed =
      before === null ? drawn : drawn.map((colour, at) => (colour === before[at] ? transparentIndex : colour));
    const next = frames[index + 1];
    const delay = next === undefined ? lastMs : Math.round((next.at - (frames[index]?.at ?? 0)) * 1000);
    encoder.writeFrame(changed, width, height, {
      ...(index === 0 && { palette }),
      ...{ delay, transparent: true, transparentIndex, dispose: 1 },
    });
    shown = drawn;
  }
  encoder.finish();
  return encoder.bytes();
}

/** One pixel of eleven of every picture: enough to know the colours by. */
function sampleOf(pictures: PNG[]): Uint8Array {
  const every = 11;
  const samples = pictures.map(({ data }) => {
    const pixels = Math.floor(data.length / 4 / every);
    const sample = new Uint8Array(pixels * 4);
    for (let pixel = 0; pixel < pixels; pixel++)
      sample.set(data.subarray(pixel * every * 4, pixel * every * 4 + 4), pixel * 4);
    return sample;
  });
  return new Uint8Array(Buffer.concat(samples));
}
