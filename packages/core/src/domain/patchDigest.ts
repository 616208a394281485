/**
 * A text that two patches share exactly when they make the same change, wherever in the files they make it: line numbers
 * and the ids of text files do not count. Of binary files, and of text that is no UTF-8, the ids are all there is to
 * compare. `patch`: of `git diff-tree -p --full-index`.
 */
export const patchDigest = (patch: string): string => {
  const sections = patch.split(/^(?=diff --git )/m).filter((section) => section.startsWith("diff --git "))
  return new Bun.CryptoHasher("sha256").update(sections.map(placeless).sort().join("\0")).digest("hex")
}

const placeless = (section: string): string => {
  const byIds = /^Binary files /m.test(section) || section.includes("\uFFFD")
  let inHunks = false
  return section
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("@@ ")) {
        inHunks = true
        return ["@@"]
      }
      return !inHunks && !byIds && line.startsWith("index ") ? [] : [line]
    })
    .join("\n")
}
