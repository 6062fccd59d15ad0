/** The part of gifenc that is in use; it brings no types (https://github.com/mattdesl/gifenc). */
declare module 'gifenc' {
  type Palette = number[][];
  interface FrameOptions {
    /** The first frame's is that of the whole picture. */
    palette?: Palette;
    /** Milliseconds. */
    delay: number;
    transparent: boolean;
    transparentIndex: number;
    /** What becomes of the frame before the next one: 1 leaves it. */
    dispose: number;
  }
  function quantize(rgba: Uint8Array, colours: number): Palette;
  function applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array;
  function GIFEncoder(): {
    writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void;
    finish(): void;
    bytes(): Uint8Array;
  };
  const gifenc: { quantize: typeof quantize; applyPalette: typeof applyPalette; GIFEncoder: typeof GIFEncoder };
  export default gifenc;
}
