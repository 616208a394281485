/**
 * Others' words as the title of a pull request: on their own they make no draft, call nobody, refer to nothing and so
 * close nothing, in the title as in the commit that a squash makes of it, and keep no machine from running.
 */
export const quietTitle = (text: string): string =>
  text
    .replace(/^(?:\s*(?:\[(?:wip|draft)\]|\((?:wip|draft)\)|(?:wip|draft)\s*:))+/i, "")
    .replace(/#(?=\w)/g, "# ")
    .replace(/!(?=\d)/g, "! ")
    .replace(/(?<!\w)@(?=\w)/g, "@ ")
    .replace(/:\/\/(?=\w)/g, ": //")
    // what follows a word that closes, in the words of GitHub and of other trackers
    .replace(/\b((?:clos|fix|resolv|implement)\w*:?\s+[A-Z][A-Z0-9_]*)-(?=\d)/gi, "$1 ")
    .replace(/\[((?:skip|no)[ -]\w+|\w+[ -]skip)\]/gi, "($1)")
    .trim()
