import Ajv from "ajv"
import description from "../../fixtures/github-openapi.json"
import type { ForgeReply, ForgeRequest } from "./forgeReply.ts"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly nullable?: boolean
  readonly enum?: ReadonlyArray<Json>
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: JsonSchema
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
}

interface Parameter {
  readonly $ref?: string
  readonly name: string
  readonly in: "path" | "query"
  readonly schema: JsonSchema
}

interface Operation {
  readonly parameters: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: JsonSchema }>> }>>
}

const paths = description.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>

const ajv = new Ajv({ strict: false, validateFormats: false, coerceTypes: false, allErrors: true })

/** "nullable" beside "anyOf" is not known to ajv, and beside "enum" it wants null among the values. */
const withNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withNulls)
  if (typeof value !== "object" || value === null) return value
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNulls(inner)]))
  if (copy["nullable"] !== true) return copy
  if (Array.isArray(copy["enum"])) return { ...copy, enum: [...copy["enum"], null] }
  if ("type" in copy) return copy
  const { nullable: _, ...rest } = copy
  return { anyOf: [rest, { type: "null" }] }
}
ajv.addSchema({ ...(withNulls(description) as object), $id: "github" })

const resolve = <A extends { readonly $ref?: string }>(it: A): A => {
  if (it.$ref === undefined) return it
  const [kind, name] = it.$ref.replace("#/components/", "").split("/") as [keyof typeof description.components, string]
  return resolve((description.components[kind] as unknown as Record<string, A>)[name]!)
}

/** The smallest value that satisfies a schema of the description. */
const sample = (schema: JsonSchema): Json => {
  const it = resolve(schema)
  if (it.nullable === true) return null
  if (it.enum !== undefined) return it.enum[0]!
  const choice = it.anyOf ?? it.oneOf
  if (choice !== undefined) return sample(choice[0]!)
  switch (it.type) {
    case "object":
      return Object.fromEntries((it.required ?? []).map((key) => [key, sample(it.properties![key]!)]))
    case "array":
      return []
    case "boolean":
      return false
    case "integer":
    case "number":
      return 0
    default:
      return ""
  }
}

/** A complete value of a named schema with some fields set; a field that the description does not know is an error. */
export const complete = (name: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const { properties } = resolve<JsonSchema>({ $ref: `#/components/schemas/${name}` })
  const unknown = Object.keys(fields).filter((key) => !(key in properties!))
  if (unknown.length > 0) throw new Error(`${name} has no ${unknown.join(", ")}`)
  return { ...(sample({ $ref: `#/components/schemas/${name}` }) as Record<string, Json>), ...fields }
}

const operationAt = (method: string, path: string) => {
  for (const [template, operations] of Object.entries(paths)) {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
    const match = new RegExp(`^${template.replace(/\{\w+\}/g, "([^/]+)")}$`).exec(path)
    const operation = operations[method.toLowerCase()]
    if (match !== null && operation !== undefined)
      return { template, operation, values: new Map(names.map((name, i) => [name, decodeURIComponent(match[i + 1]!)])) }
  }
  return null
}

/** Where a request to GitHub's REST API leaves its description. */
export const requestViolations = (request: ForgeRequest, path: string): ReadonlyArray<string> => {
  const found = operationAt(request.method, path)
  if (found === null) return [`${request.method} ${path} is no operation`]
  const parameters = found.operation.parameters.map(resolve)
  const violations: Array<string> = []
  const check = (where: Parameter["in"], name: string, value: string) => {
    const parameter = parameters.find((it) => it.in === where && it.name === name)
    if (parameter === undefined) return void violations.push(`${path}: no ${where} parameter ${name}`)
    const typed = resolve(parameter.schema).type === "integer" && /^\d+$/.test(value) ? Number(value) : value
    if (!ajv.validate(parameter.schema, typed)) violations.push(`${path}: ${name}=${value}: ${ajv.errorsText()}`)
  }
  for (const [name, value] of found.values) check("path", name, value)
  for (const [name, value] of request.query) check("query", name, value)
  if (!/\bjson\b/.test(request.headers.accept ?? "")) violations.push(`${path}: accepts ${request.headers.accept}`)
  const wanted = found.operation.requestBody?.content["application/json"]?.schema
  if (wanted === undefined) {
    if (request.body !== "") violations.push(`${path}: nothing is to be sent`)
    return violations
  }
  // values that are not described are ignored without a word
  if (!ajv.validate({ ...wanted, additionalProperties: false }, JSON.parse(request.body)))
    violations.push(`${path}: ${ajv.errorsText()}`)
  return violations
}

/** Where an answer leaves GitHub's own description of it. */
export const replyViolations = (request: ForgeRequest, path: string, reply: ForgeReply): ReadonlyArray<string> => {
  const found = operationAt(request.method, path)
  const responses = found?.operation.responses ?? {}
  const response = responses[String(reply.status)]
  if (found === null || response === undefined) return [`${path} never answers ${reply.status}`]
  const content = resolve(response as { $ref?: string }) as typeof response
  if (content.content?.["application/json"] === undefined) return []
  const at = [found.template, request.method.toLowerCase(), "responses", String(reply.status)]
  const pointer = ["paths", ...at, "content", "application/json", "schema"]
    .map((part) => encodeURIComponent(part.replace(/~/g, "~0").replace(/\//g, "~1")))
    .join("/")
  const schema =
    "$ref" in response
      ? { $ref: `github${String(response.$ref)}/content/application~1json/schema` }
      : { $ref: `github#/${pointer}` }
  return ajv.validate(schema, reply.body) ? [] : [`${path} ${reply.status}: ${ajv.errorsText()}`]
}
