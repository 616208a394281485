export interface DocumentBlock {
  /** Of its fence, from 1. */
  readonly line: number
  readonly script: string
}

/** The blocks of a document that are marked to be run: those that begin with ```` ```sh run ````. */
export const runBlocksIn = (markdown: string): ReadonlyArray<DocumentBlock> =>
  [...markdown.matchAll(/^```sh run\n([^]*?)^```$/gm)].map(({ 1: script = "", index }) => ({
    line: markdown.slice(0, index).split("\n").length,
    script,
  }))
