import { describe, expect, test } from "bun:test"
import { configKeys } from "@kugetsu/core/domain/Config"
import { resolveConfig } from "@kugetsu/core/domain/resolveConfig"
import { Arbitrary, Result, Schema } from "effect"
import { holdsForAll } from "../../kit/property.ts"

const resolve = (text: string, environment: Record<string, string> = {}) =>
  resolveConfig({ path: "/k/config", text, environment, home: "/home/$&ann" })

const valuesOf = (text: string, environment?: Record<string, string>) =>
  Result.getOrThrowWith(resolve(text, environment), (error) => error).values

const refusalOf = (text: string, environment?: Record<string, string>) =>
  Result.match(resolve(text, environment), {
    onSuccess: () => "accepted",
    onFailure: (error) => `${error.message} | ${error.remedy}`,
  })

const hour = 3_600_000

test("the defaults are those of the documentation", () =>
  expect(valuesOf("")).toEqual({
    maxConcurrentAgents: 3,
    tempDir: "/home/$&ann/.local/share/opencode/tool-output",
    verbosity: "default",
    queueIntervalMs: 300_000,
    queueCleanupAgeMs: 7 * 24 * hour,
    taskTimeoutMs: hour,
    idleTimeoutMs: 900_000,
    startupTimeoutMs: 300_000,
    agentMemoryMax: null,
    agentCpuQuota: null,
    agentTasksMax: null,
    worktreeGraceMs: 24 * hour,
    trashAgeMs: 14 * 24 * hour,
    trustedAuthorsOnly: false,
    gitAuthorName: null,
    gitAuthorEmail: null,
    model: null,
    pmModel: null,
    notifyCommand: null,
    notifyWebhookUrl: null,
    checkPullRequestState: true,
    dumpContext: true,
    openPullRequest: true,
    baseBranch: null,
    opencodeBin: null,
    defaultGitServer: null,
    gitServers: [],
  }))

test("an environment variable wins over the file, the file over the default, and empty counts as unset", () => {
  const file = "MAX_CONCURRENT_AGENTS=5\n"
  expect(valuesOf(file).maxConcurrentAgents).toBe(5)
  expect(valuesOf(file, { MAX_CONCURRENT_AGENTS: "7" }).maxConcurrentAgents).toBe(7)
  expect(valuesOf(file, { MAX_CONCURRENT_AGENTS: "" }).maxConcurrentAgents).toBe(5)
  expect(valuesOf("MAX_CONCURRENT_AGENTS=\nKUGETSU_MODEL=''")).toEqual(valuesOf(""))
  expect(valuesOf("MAX_CONCURRENT_AGENTS=5\nMAX_CONCURRENT_AGENTS=6").maxConcurrentAgents).toBe(6)
})

describe("good values are taken", () => {
  for (const [text, expected] of [
    ["TASK_TIMEOUT_HOURS=0.5", { taskTimeoutMs: hour / 2 }],
    ["TASK_TIMEOUT_HOURS=.25", { taskTimeoutMs: hour / 4 }],
    ["TASK_TIMEOUT_HOURS=0.0005", { taskTimeoutMs: 1800 }],
    ["WORKTREE_GRACE_HOURS=0", { worktreeGraceMs: 0 }],
    ["TRASH_DAYS=1.5", { trashAgeMs: 36 * hour }],
    ["KUGETSU_TEMP_DIR=~/tmp", { tempDir: "/home/$&ann/tmp" }],
    ["KUGETSU_VERBOSITY=quiet", { verbosity: "quiet" }],
    ["TRUSTED_AUTHORS_ONLY=TRUE", { trustedAuthorsOnly: true }],
    ["OPEN_PULL_REQUEST=0", { openPullRequest: false }],
    ["KUGETSU_MODEL=openrouter/meta/llama:free", { model: "openrouter/meta/llama:free" }],
    ["KUGETSU_BASE_BRANCH=origin/release/1.x", { baseBranch: "release/1.x" }],
    ["OPENCODE_BIN='/opt/open code/bin/opencode'", { opencodeBin: "/opt/open code/bin/opencode" }],
    ["GIT_AUTHOR_NAME='Ann Ö. Other'", { gitAuthorName: "Ann Ö. Other" }],
    ["AGENT_MEMORY_MAX=2G\nAGENT_CPU_QUOTA=150%", { agentMemoryMax: "2G", agentCpuQuota: "150%" }],
    ["NOTIFY_COMMAND='mail -s \"well; done\" ~/me'", { notifyCommand: 'mail -s "well; done" ~/me' }],
    [
      'declare -A GIT_SERVERS=(["github.com"]="https://github.com"\n["git.x"]="http://git.x:3000/")',
      {
        gitServers: [
          { name: "github.com", url: "https://github.com" },
          { name: "git.x", url: "http://git.x:3000" },
        ],
      },
    ],
    [
      "GIT_SERVERS=(git.x https://GIT.y:443/sub)",
      {
        gitServers: [
          { name: "git.x", url: "https://git.x" },
          { name: "git.y/sub", url: "https://git.y/sub" },
        ],
      },
    ],
    [
      "GIT_SERVERS='work=https://git.x, git.y'",
      {
        gitServers: [
          { name: "work", url: "https://git.x" },
          { name: "git.y", url: "https://git.y" },
        ],
      },
    ],
  ] as const) {
    test(text, () => expect(valuesOf(text)).toMatchObject(expected))
  }
})

describe("a bad value is refused with file, line, key and what is allowed", () => {
  for (const line of [
    "MAX_CONCURRENT_AGENTS=0",
    "MAX_CONCURRENT_AGENTS=-1",
    "MAX_CONCURRENT_AGENTS=2.5",
    "MAX_CONCURRENT_AGENTS=1e3",
    "MAX_CONCURRENT_AGENTS=99999999999999999999",
    "MAX_CONCURRENT_AGENTS=three",
    "TASK_TIMEOUT_HOURS=0",
    "TASK_TIMEOUT_HOURS=-1",
    "TASK_TIMEOUT_HOURS=NaN",
    "TASK_TIMEOUT_HOURS=Infinity",
    "TASK_TIMEOUT_HOURS=1h",
    "TASK_TIMEOUT_HOURS=597",
    "TASK_TIMEOUT_HOURS=0.00000000001",
    "TASK_IDLE_TIMEOUT_MINUTES=99999",
    "KUGETSU_TEMP_DIR=relative/dir",
    "KUGETSU_VERBOSITY=loud",
    "NOTIFY_COMMAND='mail me; true'",
    "NOTIFY_COMMAND='mail \"me'",
    "NOTIFY_COMMAND='# nothing'",
    "TRUSTED_AUTHORS_ONLY=maybe",
    "KUGETSU_MODEL=claude",
    "KUGETSU_BASE_BRANCH=--upload-pack=x",
    "KUGETSU_BASE_BRANCH=a..b",
    "OPENCODE_BIN=--version",
    "OPENCODE_BIN=./opencode",
    "GIT_AUTHOR_NAME='a <b>'",
    "GIT_AUTHOR_EMAIL='a\nb'",
    "AGENT_MEMORY_MAX=lots",
    "NOTIFY_WEBHOOK_URL=ftp://x",
    "GIT_SERVERS=ssh://git.x",
  ]) {
    test(JSON.stringify(line), () => {
      const key = line.split("=")[0]
      expect(refusalOf(`# one\n${line}`)).toMatch(new RegExp(`^/k/config:2: ${key}: .* is not allowed \\| Allowed: `))
    })
  }

  test("in an array, with the line of the element", () =>
    expect(refusalOf("GIT_SERVERS=(git.x\nhttps://a:hunter2@git.y)")).toStartWith(
      "/k/config:2: GIT_SERVERS: its value",
    ))
  test("in the environment, and in the file even where the environment overrules it", () => {
    expect(refusalOf("", { TASK_TIMEOUT_HOURS: "x" })).toStartWith('the environment: TASK_TIMEOUT_HOURS: "x" is')
    expect(refusalOf("TASK_TIMEOUT_HOURS=x", { TASK_TIMEOUT_HOURS: "1" })).toStartWith("/k/config:1: TASK")
  })
  test("what would need a shell", () =>
    expect(refusalOf("A=1\nTASK_TIMEOUT_HOURS=$(rm -rf x)")).toStartWith("/k/config:2: TASK_TIMEOUT_HOURS: $( would"))
  test("without a secret in the message", () => {
    for (const line of [
      "NOTIFY_WEBHOOK_URL='hunter2 x'",
      "NOTIFY_COMMAND='hunter2 |'",
      "GIT_SERVERS=https://a:hunter2@git.x",
    ]) {
      expect(refusalOf(line)).toStartWith("/k/config:1: ")
      expect(refusalOf(line)).not.toContain("hunter2")
    }
  })
})

test("keys that do nothing are named, with what was meant", () => {
  const text = "MAX_CONCURENT_AGENT=4\nQUEUE_DAEMON_BATCH_SIZE=2\nGITEA_TOKEN=hunter2\nXYZZY=1\nconstructor=1\n"
  const { warnings } = Result.getOrThrow(resolve(text))
  expect(warnings).toEqual([
    "/k/config:1: MAX_CONCURENT_AGENT is not known; did you mean MAX_CONCURRENT_AGENTS?",
    "/k/config:2: QUEUE_DAEMON_BATCH_SIZE is no longer used: as many items start as there are free slots",
    "/k/config:3: GITEA_TOKEN is no key of this file; agents get it after: kugetsu env set GITEA_TOKEN -",
    "/k/config:4: XYZZY is not known",
    "/k/config:5: constructor is not known",
  ])
})

test("no value of any key throws, or becomes a number that no timer takes", () =>
  holdsForAll(
    Arbitrary.schema(
      Schema.Struct({
        key: Schema.Literals(Object.values(configKeys).map(({ key }) => key)),
        value: Schema.Union([Schema.String, Schema.String.check(Schema.isPattern(/^-?[0-9]{0,18}(\.[0-9]{0,18})?$/))]),
      }),
    ),
    ({ key, value }) =>
      Result.match(resolve("", { [key]: value }), {
        onFailure: (error) => error.key === key && error.allowed.startsWith("Allowed: "),
        onSuccess: ({ values }) =>
          [values.taskTimeoutMs, values.idleTimeoutMs, values.startupTimeoutMs, values.queueIntervalMs].every(
            (ms) => Number.isInteger(ms) && ms > 0 && ms < 2 ** 31,
          ),
      }),
    { runs: 2000 },
  ))

test("a default as the first kugetsu wrote it counts, and the environment goes before it", () => {
  const text = [
    'MAX_CONCURRENT_AGENTS="${MAX_CONCURRENT_AGENTS:-5}"',
    "QUEUE_DIR=${QUEUE_DIR:-$KUGETSU_DIR/queue}",
    'KUGETSU_TEMP_DIR="${QUEUE_DIR}/../tmp of $HOME"',
    "TASK_TIMEOUT_HOURS=${KUGETSU_BASE_BRANCH-2}",
  ].join("\n")
  expect(valuesOf(text)).toMatchObject({
    maxConcurrentAgents: 5,
    tempDir: "/k/queue/../tmp of /home/$&ann",
    taskTimeoutMs: 2 * hour,
  })
  expect(valuesOf(text, { MAX_CONCURRENT_AGENTS: "7" }).maxConcurrentAgents).toBe(7)
})

test("a variable that nothing is known of, and a default that would need a shell, are refused with their line", () => {
  for (const value of [
    "$NOBODY",
    '"${NOBODY}"',
    "${NOBODY:-$(id)}",
    "${NOBODY:-`id`}",
    "${NOBODY:=3}",
    "${NOBODY:-3",
  ]) {
    expect(refusalOf(`\nMAX_CONCURRENT_AGENTS=${value}`)).toStartWith("/k/config:2: MAX_CONCURRENT_AGENTS: ")
  }
})
