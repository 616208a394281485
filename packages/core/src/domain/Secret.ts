/** Whether a variable of that name holds what nobody may see. */
export const isSecretName = (key: string): boolean =>
  /TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL/i.test(key)

/** What stands for a value where people see it: not even its length is told. */
export const mask = (value: string): string => (value === "" ? "" : "***")

/** Whether text is what `mask` made, so that the value itself is lost. */
export const isMasked = (text: string): boolean => /^\*{3,}$/.test(text.trim())

const forgeToken = /gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}/g

/** The text without passwords in addresses and without anything that looks like a forge's token. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^\s/]+)@/g, (whole, scheme: string, user: string) =>
      /^https?:/i.test(scheme) || user.includes(":") ? `${scheme}***@` : whole,
    )
    .replace(forgeToken, "***")
