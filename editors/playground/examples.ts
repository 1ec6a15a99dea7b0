// The models to choose from. All are trained on data that the page makes itself or carries along.

import linear from "../../examples/linear_regression.dlm?raw";
import polynomial from "../../examples/polynomial.dlm?raw";
import quickstart from "../../examples/quickstart.dlm?raw";
import table from "../../examples/table.dlm?raw";
import dreams from "./examples/dreams.dlm?raw";
import lenet from "./examples/lenet_digits.dlm?raw";
import shapes from "./examples/shapes.dlm?raw";
import spirals from "./examples/spirals.dlm?raw";

export interface Example {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** Command lines in an example's comment are of no use here. */
function forPage(text: string): string {
  return text
    .replace(/^\/\/\/ {5}npx .*\n/gm, "")
    .replace(/^\/\/\/ *\n(?!\/\/\/)/gm, "")
    .trimStart();
}

export const examples: readonly Example[] = [
  { id: "digits", title: "Digits: a small convolutional network", text: forPage(quickstart) },
  { id: "lenet", title: "Digits: LeNet", text: lenet },
  { id: "dreams", title: "Digits: variational autoencoder", text: dreams },
  { id: "shapes", title: "Discs and squares: U-Net", text: shapes },
  { id: "spirals", title: "Two spirals", text: spirals },
  { id: "table", title: "Rents: a table of numbers and words", text: forPage(table) },
  { id: "polynomial", title: "Under- and overfitting", text: forPage(polynomial) },
  { id: "linear", title: "Linear regression, nothing hidden", text: forPage(linear) },
];
