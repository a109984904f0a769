"""The official Python client lists every tool and calls it, in both eras; it holds results against the schemas.

Reads what to do as JSON on its standard input, and says what came of it, as JSON, on its standard output.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def one(wanted, mode):
    headers = {"Authorization": f"Bearer {wanted['key']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(wanted["url"], http_client=http)
        async with Client(transport, mode=mode) as client:
            listed = await client.list_tools()
            said = {}
            for tool, arguments in wanted["calls"]:
                result = await client.call_tool(tool, arguments)
                text = result.content[0].text
                said[tool] = {"error": result.is_error, "text": text}
                if not result.is_error:
                    assert result.structured_content == json.loads(text), tool
            return {"listed": [tool.name for tool in listed.tools], "called": said}


async def main():
    wanted = json.load(sys.stdin)
    json.dump({mode: await one(wanted, mode) for mode in ["auto", "legacy"]}, sys.stdout)


asyncio.run(main())
