/** Whether a variable of that name holds what nobody may see. */
export const isSecretName = (key: string): boolean =>
  /TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL/i.test(key)

/** What stands for a value where people see it: not even its length is told. */
export const mask = (value: string): string => (value === "" ? "" : "***")

/** Whether text is what `mask` made, so that the value itself is lost. */
export const isMasked = (text: string): boolean => /^\*{3,}$/.test(text.trim())
