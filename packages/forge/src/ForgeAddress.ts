import type { ForgeType } from "@kugetsu/core/domain/ForgeType"

/** Where the API of a server is, seen from the address people open in a browser (no trailing slash). */
export const apiBase = (type: ForgeType, url: string): string => {
  switch (type) {
    case "github": {
      const { host } = new URL(url)
      if (host === "github.com" || host === "www.github.com") return "https://api.github.com"
      return host.endsWith(".ghe.com") ? `https://api.${host}` : `${url}/api/v3`
    }
    case "gitlab":
      return `${url}/api/v4`
    case "gitea":
      return `${url}/api/v1`
  }
}
