"""Runs the scenario through one client for servers: `python main.py CLIENT`."""

import importlib
import json
import os
import pathlib
import sys
import types

folder = pathlib.Path(__file__).parent
scenario = json.loads((folder.parent / "scenario.json").read_text())
it = types.SimpleNamespace(**scenario)
it.host = os.environ["CLIENT_HOST"]
it.key = os.environ["CLIENT_KEY"]
it.secret = os.environ.get("CLIENT_SECRET", "")
it.domain = os.environ["CLIENT_DOMAIN"]
it.url = f"https://{it.domain}{it.page['path']}{it.page['search']}"
it.docs = f"https://{it.domain}{scenario['docs']['path']}"
it.ip = it.visitor["ip"]
it.user_agent = it.visitor["user_agent"]

importlib.import_module(f"with_{sys.argv[1]}").run(it)
