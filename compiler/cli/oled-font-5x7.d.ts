// The package has no types of its own.

declare module "oled-font-5x7" {
  const font: {
    readonly width: number;
    readonly height: number;
    /** Five columns of bits a character, the top row in the lowest bit. */
    readonly fontData: readonly number[];
    readonly lookup: readonly string[];
  };
  export default font;
}
