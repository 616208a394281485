import { Effect, Option } from "effect"
import { Completions, GlobalFlag } from "effect/cli"
import { print } from "./terminal.ts"

/** What the shells call to learn the names that fit: `kugetsu complete-names WORD…`, the words before the cursor. */
export const COMPLETE_NAMES = "complete-names"

/** `--completions SHELL`: commands and flags as they are, and the issues, runs, tasks and servers there are by then. */
export const CompletionScript = GlobalFlag.Action({
  flag: GlobalFlag.Completions.flag,
  run: Effect.fnUntraced(function* (shell, { command }) {
    if (Option.isNone(shell)) return
    const script = Completions.generate(command.name, shell.value, Completions.fromCommand(command))
    yield* Effect.ignore(print(withNames[shell.value](script)))
  }),
})

/** The script's own function is kept under another name, and asked first. */
const wrapped = (begin: string, wrapper: string) => (script: string) =>
  script.replace(begin, () => `${wrapper}\n\n${begin.replace("_kugetsu", "_kugetsu_words")}`)

const bash = `_kugetsu()
{
  _kugetsu_words "$@"
  (( \${#COMPREPLY[@]} > 0 )) && return
  local cur prev words cword names
  _init_completion -n "$COMP_WORDBREAKS" || return
  [[ "$cur" == -* ]] && return
  mapfile -t names < <("\${words[0]}" ${COMPLETE_NAMES} "\${words[@]:1:cword-1}" 2>/dev/null)
  _kugetsu--choices "$cur" "\${COMP_WORDS[COMP_CWORD]}" "\${names[@]}"
}`

const zsh = `_kugetsu() {
  local -a names
  names=("\${(@f)$("\${words[1]}" ${COMPLETE_NAMES} "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  _kugetsu_words "$@"
  [[ -z "$names[1]" ]] || compadd -a names
}`

const fish = `complete -c kugetsu -n 'not string match -q -- "-*" (commandline -ct)' -f -a '(set -l words (commandline -opc); $words[1] ${COMPLETE_NAMES} $words[2..-1] 2>/dev/null)'
`

const withNames = {
  bash: wrapped("_kugetsu()\n{", bash),
  zsh: wrapped("_kugetsu() {", zsh),
  fish: (script: string) => script.replace("\n###-end-", () => `\n${fish}###-end-`),
  powershell: (script: string) => script,
}
