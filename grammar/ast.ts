// The tree of a `.dlm` file. It mirrors the grammar of docs/language.md and knows nothing about tensors.
// Broken source still gives a tree: what could not be read is an `error` node, already reported.

import type { SourceFile, Span } from "./source.ts";

export interface Name {
  readonly text: string;
  readonly span: Span;
}

export interface Module {
  readonly file: SourceFile;
  readonly declarations: readonly Declaration[];
}

export type Declaration = Import | Let | Block | Data | Train | Decode;

/** Text of the `///` run before a declaration, statement, field or entry, without the slashes. */
interface Documented {
  readonly doc?: string;
  readonly span: Span;
}

export interface Import extends Documented {
  readonly kind: "import";
  readonly names: readonly { readonly name: Name; readonly alias: Name }[]; // alias = name where no `as` stands
  readonly from: { readonly text: string; readonly span: Span };
}

export interface Let extends Documented {
  readonly kind: "let";
  readonly pattern: Pattern;
  readonly type?: Type;
  readonly value: Expr;
}

/** A name, or a tuple of patterns. */
export type Pattern =
  | { readonly kind: "name"; readonly name: Name; readonly span: Span }
  | { readonly kind: "tuple"; readonly items: readonly Pattern[]; readonly span: Span };

export interface Block extends Documented {
  readonly kind: "block";
  readonly model: boolean; // written `model`
  readonly name: Name;
  readonly lists: readonly (readonly Param[])[]; // at most two parameter lists
  readonly result?: Type;
  readonly body: Body; // `= expr` is a body with one `return`
}

export interface Param {
  readonly name: Name;
  readonly type?: Type;
  readonly default?: Expr;
  readonly span: Span;
}

export interface Body {
  readonly statements: readonly Statement[];
  /** Written `= expr` or after `=>` without braces: one `return` statement. */
  readonly braces: boolean;
  readonly span: Span;
}

export type Statement = Let | TensorDeclaration | Update | If | Return;

/** `param name: shape = init` and `state name: shape = init`. */
export interface TensorDeclaration extends Documented {
  readonly kind: "param" | "state";
  readonly name: Name;
  readonly type: Type;
  readonly init: Expr;
}

export interface Update extends Documented {
  readonly kind: "update";
  readonly name: Name;
  readonly value: Expr;
}

export interface If extends Documented {
  readonly kind: "if";
  readonly condition: Expr;
  readonly then: Body;
  readonly else?: Body; // `else if` is a body with one `if` statement and `braces: false`
}

export interface Return extends Documented {
  readonly kind: "return";
  readonly value: Expr;
}

export interface Data extends Documented {
  readonly kind: "data";
  readonly name: Name;
  readonly reader: Expr; // `idx("mnist")`, or the name of a declaration that is extended
  readonly items: readonly (Let | Field | Entry)[];
}

export interface Field extends Documented {
  readonly kind: "field";
  readonly name: Name;
  readonly type: Type;
  readonly value?: Expr; // absent: the reader's column of that name
}

/** `name = expr` in `data`, `train`, `phase`, `decode`. */
export interface Entry extends Documented {
  readonly kind: "entry";
  readonly name: Name;
  readonly value: Expr;
}

export interface Train extends Documented {
  readonly kind: "train";
  readonly name?: Name; // `train name = Model(…) on data`; without it the training bears the model's name
  readonly model: Expr;
  readonly data: Expr;
  readonly items: readonly (Let | Phase | Entry)[];
}

export interface Phase extends Documented {
  readonly kind: "phase";
  readonly name: Name;
  readonly entries: readonly Entry[];
}

export interface Decode extends Documented {
  readonly kind: "decode";
  readonly name: Name;
  readonly training: Expr;
  readonly items: readonly (Let | Entry)[];
}

// ---- types

export type Type =
  | {
      readonly kind: "tensor";
      readonly element?: Name;
      readonly shape: readonly DimExpr[];
      readonly optional: boolean;
      readonly span: Span;
    }
  | { readonly kind: "named"; readonly name: Name; readonly optional: boolean; readonly span: Span } // int float bool string dtype block
  | {
      readonly kind: "choice";
      readonly options: readonly { readonly text: string; readonly span: Span }[];
      readonly optional: boolean;
      readonly span: Span;
    }
  | { readonly kind: "list"; readonly of: Type; readonly optional: boolean; readonly span: Span }
  | {
      readonly kind: "tuple";
      readonly items: readonly { readonly name?: Name; readonly type: Type }[];
      readonly optional: boolean;
      readonly span: Span;
    }
  | { readonly kind: "error"; readonly optional: boolean; readonly span: Span };

/** A dimension in a type: `...`, `...rest`, or an arithmetic expression (`_` is the name "_"). */
export type DimExpr =
  | { readonly kind: "rest"; readonly name?: Name; readonly span: Span }
  | { readonly kind: "dim"; readonly value: Expr; readonly span: Span };

// ---- expressions

export type BinaryOperator =
  | "or" | "and" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "@" | "**"; // prettier-ignore

export interface Argument {
  readonly name?: Name;
  readonly value: Expr;
  readonly span: Span;
}

/** One place of an index: `...`, an expression (a number, `none`, a tensor), or `from : to : step`. */
export type Slice =
  | { readonly kind: "rest"; readonly span: Span }
  | { readonly kind: "at"; readonly value: Expr; readonly span: Span }
  | {
      readonly kind: "range";
      readonly from?: Expr;
      readonly to?: Expr;
      readonly step?: Expr;
      readonly span: Span;
    };

export type Expr =
  | {
      readonly kind: "number";
      readonly value: number;
      readonly integer: boolean;
      readonly span: Span;
    }
  | { readonly kind: "string"; readonly value: string; readonly span: Span }
  | { readonly kind: "bool"; readonly value: boolean; readonly span: Span }
  | { readonly kind: "none"; readonly span: Span }
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  | { readonly kind: "tuple"; readonly items: readonly Expr[]; readonly span: Span }
  | {
      readonly kind: "list";
      readonly items: readonly { readonly spread: boolean; readonly value: Expr }[];
      readonly span: Span;
    }
  | {
      readonly kind: "record";
      readonly entries: readonly {
        readonly key: Name;
        readonly quoted: boolean;
        readonly value: Expr;
      }[];
      readonly span: Span;
    }
  | {
      readonly kind: "if";
      readonly condition: Expr;
      readonly then: Expr;
      readonly else: Expr;
      readonly span: Span;
    }
  | { readonly kind: "lambda"; readonly pattern: Pattern; readonly body: Body; readonly span: Span }
  | { readonly kind: "pipe"; readonly left: Expr; readonly right: Expr; readonly span: Span } // left-associative
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expr;
      readonly right: Expr;
      readonly span: Span;
    }
  | {
      readonly kind: "unary";
      readonly operator: "-" | "not";
      readonly operand: Expr;
      readonly span: Span;
    }
  | {
      readonly kind: "call";
      readonly callee: Expr;
      readonly arguments: readonly Argument[];
      readonly span: Span;
    }
  | {
      readonly kind: "index";
      readonly target: Expr;
      readonly slices: readonly Slice[];
      readonly span: Span;
    }
  | { readonly kind: "member"; readonly target: Expr; readonly name: Name; readonly span: Span }
  | { readonly kind: "error"; readonly span: Span };
