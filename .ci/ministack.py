#!/usr/bin/env python3
"""Deploys template.yaml with the functions' binaries on ministack, an AWS emulator that is not ours, and plays a story on it.

    .ci/ministack.py BINARIES [--keep-log FILE]

BINARIES is a folder with one binary a function, such as target/debug. Needs the PyPI packages ministack, boto3 and
aws-sam-translator. Everything listens on 127.0.0.1.

Left out of what is deployed, because ministack does not know it: AWS::SMSVOICE::ConfigurationSet (its name is used all the same),
and all of AWS::CloudWatch, AWS::Logs::QueryDefinition and the rule on registrations: alarms of metric math, the composite alarm and
what refers to them. Texts go through a stand-in for a Skyline gateway, which is an HTTP provider.
"""

import argparse
import base64
import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
STACK = "shiftline"
STAGE = "prod"
BUSINESS = "+12025550100"
TOKEN = "ministack-webhook-token-0123456789ab"
PATIENCE = 60

LEFT_OUT = (
    "AWS::SMSVOICE::ConfigurationSet",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::QueryDefinition",
    "AWS::Events::Rule",
)

# Placeholders, so that an expression is recognised whatever its values are.
VALUE = re.compile(r":[A-Za-z_]+\d*")
EXPRESSIONS = ("KeyConditionExpression", "FilterExpression", "ProjectionExpression", "UpdateExpression", "ConditionExpression")

# The elements of expressions; each that the product's source uses has to be seen.
CONSTRUCTS = {
    "SET": r"\bSET ",
    "REMOVE": r"\bREMOVE ",
    "ADD": r"\bADD ",
    "DELETE": r"\bDELETE ",
    "if_not_exists": r"if_not_exists\(",
    "list_append": r"list_append\(",
    "arithmetic": r"= #\w+ [+-] :",
    "attribute_exists": r"attribute_exists\(",
    "attribute_not_exists": r"attribute_not_exists\(",
    "begins_with": r"begins_with\(",
    "contains": r"\bcontains\(",
    "size": r"\bsize\(",
    "attribute_type": r"attribute_type\(",
    "BETWEEN": r" BETWEEN ",
    "IN": r" IN \(",
    "AND": r" AND ",
    "OR": r" OR ",
    "NOT": r"\bNOT ",
    "=": r" = :",
    "<>": r" <> ",
    "<": r" < ",
    "<=": r" <= ",
    ">": r" > ",
    ">=": r" >= ",
}


def fail(message):
    raise SystemExit(f"ministack: {message}")


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def until(what, condition):
    """Waits for something to become true, and for what it yields."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    fail(f"there was no sign of {what} within {PATIENCE} seconds")


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Recorder:
    """Stands between the functions and ministack, and writes down the expressions that ministack accepts."""

    def __init__(self, port):
        self.seen = {}
        self.refused = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                recorder.note(self.headers.get("x-amz-target", ""), body, answer.status, content)
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                connection.close()

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_any

            def log_message(self, *_):
                pass

        self.port = serve(Handler).server_address[1]

    def note(self, target, body, status, content):
        service, _, operation = target.partition(".")
        if not service.startswith("DynamoDB"):
            return
        request = json.loads(body)
        expressions = list(expressions_of(operation, request))
        # A condition that does not hold was understood.
        is_understood = status == 200 or b"ConditionalCheckFailed" in content or b"TransactionConflict" in content
        for key in expressions:
            if is_understood:
                self.seen[key] = self.seen.get(key, 0) + 1
        if not is_understood:
            self.refused.append(f"{operation} {status}: {content[:400].decode(errors='replace')} {expressions}")


def expressions_of(operation, request):
    if operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            for kind, inner in action.items():
                yield from expressions_of(f"{operation} {kind}", inner)
    for kind in EXPRESSIONS:
        if kind in request:
            # The same clauses for fewer or more attributes are the same to a reader of expressions.
            yield operation, kind, VALUE.sub(":v", request[kind])


class Gateway:
    """The stand-in for a Skyline gateway, and for Twilio where a number has two ways."""

    def __init__(self):
        self.texts = []
        self.lock = threading.Lock()
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.path.endswith("/Messages.json"):
                    status, answer = 201, gateway.take_form(dict(urllib.parse.parse_qsl(body.decode())))
                else:
                    status, answer = 200, gateway.take_tasks(json.loads(body).get("tasks", []))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.port = serve(Handler).server_address[1]

    def take_tasks(self, tasks):
        with self.lock:
            self.texts += [(task["tid"], "+" + task["to"].lstrip("+"), task["sms"]) for task in tasks]
        statuses = [{"tid": task["tid"], "status": "0 OK"} for task in tasks]
        return {"code": 200, "reason": "OK", "type": "task-status", "status": statuses}

    def take_form(self, form):
        with self.lock:
            self.texts.append((None, form["To"], form["Body"]))
        return {"sid": f"SM{uuid.uuid4().hex}", "status": "queued"}

    def to(self, phone):
        with self.lock:
            return [(tid, text) for tid, number, text in self.texts if number == phone]


def zipped(binaries, folder):
    """One archive a package, the binary without its debug information."""
    archives = {}
    for package in sorted(path.name for path in (ROOT / "functions").iterdir()):
        binary = binaries / package
        if not binary.is_file():
            fail(f"{binary} is missing: cargo build -p {package}")
        bootstrap = folder / package / "bootstrap"
        bootstrap.parent.mkdir()
        shutil.copy2(binary, bootstrap)
        if shutil.which("strip"):
            subprocess.run(["strip", "--strip-all", bootstrap], check=True)
        archive = folder / f"{package}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
            info = zipfile.ZipInfo("bootstrap", (2026, 1, 1, 0, 0, 0))
            info.external_attr = 0o755 << 16
            file.writestr(info, bootstrap.read_bytes())
        archives[package] = archive
    return archives


def replaced(node, names):
    """The template without references to what is left out."""
    if isinstance(node, dict):
        if set(node) == {"Ref"} and node["Ref"] in names:
            return {"Ref": "AWS::StackName"}
        return {key: replaced(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [replaced(value, names) for value in node]
    if isinstance(node, str):
        for name in names:
            node = node.replace(f"${{{name}}}", "${AWS::StackName}")
    return node


def template(bucket):
    document = yaml_parse((ROOT / "template.yaml").read_text())
    resources = document["Resources"]
    names = [name for name, it in resources.items() if it["Type"] in LEFT_OUT]
    for name in names:
        del resources[name]
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            package = resource["Properties"]["CodeUri"].rstrip("/").rpartition("/")[2]
            resource["Properties"]["CodeUri"] = f"s3://{bucket}/{package}.zip"
            resource.pop("Metadata", None)
        depends = resource.get("DependsOn")
        if depends in names:
            del resource["DependsOn"]
    document.pop("Rules", None)
    return json.dumps(replaced(document, names), default=str), names


class Stack:
    def __init__(self, port, recorder_port, log):
        # A function sees the emulator's whole environment, so it holds nothing of ours.
        self.url = f"http://127.0.0.1:{port}"
        home = os.environ.get("HOME", "/")
        environment = {"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": tempfile.gettempdir(), "BIND_HOST": "127.0.0.1"}
        environment |= {"GATEWAY_PORT": str(port), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{recorder_port}"}
        environment |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        environment |= {"MINISTACK_HOST": "127.0.0.1"}
        command = [sys.executable, "-m", "ministack"]
        self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        until("ministack", self.is_up)

    def is_up(self):
        if self.process.poll() is not None:
            fail("ministack ended; see its log")
        try:
            with socket.create_connection(self.url.removeprefix("http://").split(":"), 1):
                return True
        except OSError:
            return False

    def stop(self):
        """Ends ministack and the functions' processes, which are in its process group."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def client(self, service):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
        return boto3.client(service, endpoint_url=self.url, config=config, **keys)

    def deploy(self, archives):
        s3 = self.client("s3")
        s3.create_bucket(Bucket="code")
        for package, archive in archives.items():
            s3.upload_file(str(archive), "code", f"{package}.zip")
        body, left_out = template("code")
        print(f"left out: {len(left_out)} resources of the types {', '.join(LEFT_OUT)}")
        s3.put_object(Bucket="code", Key="template.json", Body=body.encode())
        parameters = {"Stage": STAGE, "DeliveryMode": "live", "OriginationIdentity": BUSINESS, "Architecture": "x86_64"}
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=f"{self.url}/code/template.json",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )

        def deployed():
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return stack
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
                failed = [it for it in events if it["ResourceStatus"].endswith("FAILED")]
                reasons = [f"{it['LogicalResourceId']}: {it.get('ResourceStatusReason')}" for it in failed]
                fail(f"{stack['StackStatus']}: {reasons}")
            return None

        stack = until("the deployed stack", deployed)
        self.route(cloudformation)
        return {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}

    def route(self, cloudformation):
        """Makes the routes of the HTTP API, which SAM writes as an OpenAPI document that ministack does not read."""
        resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
        names = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in resources}
        api, gateway = names["HttpApi"], self.client("apigatewayv2")
        for function, resource in yaml_parse((ROOT / "template.yaml").read_text())["Resources"].items():
            events = resource["Properties"].get("Events", {}) if resource["Type"] == "AWS::Serverless::Function" else {}
            for event in (it["Properties"] for it in events.values() if it["Type"] == "HttpApi"):
                integration = gateway.create_integration(
                    ApiId=api,
                    IntegrationType="AWS_PROXY",
                    IntegrationUri=f"arn:aws:lambda:us-east-1:000000000000:function:{names[function]}",
                    PayloadFormatVersion="2.0",
                )
                target = f"integrations/{integration['IntegrationId']}"
                gateway.create_route(ApiId=api, RouteKey=f"{event['Method']} {event['Path']}", Target=target)


def receipt_of(phone):
    """The network's receipt as the gateway forwards it: it names no message."""
    row = [1, "1.01", int(time.time()), BUSINESS.lstrip("+"), phone.lstrip("+"), "0 26112018005332"]
    return {"type": "recv-sms", "sms_num": 1, "sms": [row]}


class Story:
    def __init__(self, stack, gateway, outputs):
        self.stack = stack
        self.gateway = gateway
        self.outputs = outputs
        self.dynamodb = stack.client("dynamodb")
        self.sns = stack.client("sns")
        self.functions = stack.client("lambda")
        resources = stack.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        self.names = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in resources}
        self.steps = 0

    def step(self, what):
        self.steps += 1
        print(f"{self.steps:2} {what}", flush=True)

    def put(self, table, **row):
        item = {name: {"S": value} for name, value in row.items()}
        self.dynamodb.put_item(TableName=f"{STACK}-{table}", Item=item)

    def put_all(self, table, rows):
        requests = [{"PutRequest": {"Item": {name: {"S": value} for name, value in row.items()}}} for row in rows]
        for start in range(0, len(requests), 25):
            self.dynamodb.batch_write_item(RequestItems={f"{STACK}-{table}": requests[start : start + 25]})

    def row(self, table, **key):
        key = {name: {"S": value} for name, value in key.items()}
        item = self.dynamodb.get_item(TableName=f"{STACK}-{table}", Key=key, ConsistentRead=True).get("Item", {})
        return {name: next(iter(value.values())) for name, value in item.items()}

    def invoke(self, function, event=None):
        answer = self.functions.invoke(FunctionName=self.names[function], Payload=json.dumps(event or {}).encode())
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            fail(f"{function}: {payload}")
        return payload

    def text(self, phone, body, inbound_id=None):
        """A person's text, as AWS End User Messaging publishes it."""
        message = {
            "originationNumber": phone,
            "destinationNumber": BUSINESS,
            "messageKeyword": "KEYWORD",
            "messageBody": body,
            "inboundMessageId": inbound_id or str(uuid.uuid4()),
        }
        self.sns.publish(TopicArn=self.outputs["TwoWaySmsTopicArn"], Message=json.dumps(message))

    def http(self, method, path, body):
        """A request to the HTTP API."""
        headers = {"host": self.outputs["HttpApiUrl"].split("/")[2], "content-type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", int(self.stack.url.rsplit(":", 1)[1]), timeout=60)
        connection.request(method, path, json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 202):
            fail(f"{method} {path} is answered {answer.status}: {content[:400]}")
        return json.loads(content or b"null")

    def webhook(self, body):
        """A call of the gateway."""
        self.http("POST", f"/sms-gateway/handle-serverless/{TOKEN}", body)

    def expect(self, phone, words, count=1):
        """The text with these words, once `count` of them have come."""

        def found():
            texts = [text for text in self.gateway.to(phone) if words in text[1]]
            return texts[-1] if len(texts) >= count else None

        return until(f"{words!r} for {phone}; it has {self.gateway.to(phone)}", found)

    def play(self):
        anna, bold, customer = "+12025550101", "+12025550102", "+12025550177"
        for phone, name in ((anna, "Anna"), (bold, "Bold")):
            self.put("contacts", phone=phone, name=name)
        for code, info in (("ABC1", "Mon 9 to 5"), ("XYZ2", "Tue 9 to 5")):
            self.put("shifts", shift_id=code, shift_status="available", shift_info=info)
        self.put("campaigns", campaign_id="first", shifts="ABC1 Mon 9 to 5, XYZ2 Tue 9 to 5")
        self.step("a campaign is typed and reaches two employees")
        first = self.expect(anna, "ABC1")
        self.expect(bold, "ABC1")

        self.step("the gateway's report and the network's receipt come by the webhook")
        report = {"tid": first[0], "sending": 0, "sent": 1, "failed": 0, "unsent": 0}
        report["sdr"] = [[0, anna.lstrip("+"), "1.01", int(time.time())]]
        self.webhook({"type": "status-report", "rpt_num": 1, "rpts": [report]})
        # The announcement has two parts, and the network reports on each.
        for _ in range(2):
            self.webhook(receipt_of(anna))
        until("a delivered message", lambda: "delivered" in self.statuses(anna))

        self.step("REQUEST lists the shifts")
        self.text(anna, "REQUEST")
        self.expect(anna, "XYZ2", count=2)

        self.step("a code books a shift")
        self.text(anna, "abc1", inbound_id="booking")
        self.expect(anna, "Shift booked")
        shift = self.row("shifts", shift_id="ABC1")
        if (shift.get("shift_status"), shift.get("employee")) != ("taken", anna):
            fail(f"the booked shift is {shift}")

        self.step("the same text again books and answers nothing")
        before = len(self.gateway.to(anna))
        self.text(anna, "abc1", inbound_id="booking")
        self.text(anna, "MINE")
        self.expect(anna, "ABC1", count=4)
        if len(self.gateway.to(anna)) != before + 1:
            fail(f"the repeated text was answered: {self.gateway.to(anna)}")

        self.step("DROP gives it back")
        self.text(anna, "DROP ABC1 I am ill")
        until("the shift to be available", lambda: self.row("shifts", shift_id="ABC1").get("shift_status") == "available")

        self.step("STOP, through the gateway's webhook, is confirmed once")
        body = base64.b64encode(b"STOP").decode()
        row = [0, "1.01", int(time.time()), bold.lstrip("+"), BUSINESS.lstrip("+"), body]
        self.webhook({"type": "recv-sms", "sms_num": 1, "sms": [row]})
        until("the opt-out", lambda: "opted_out_at" in self.row("contacts", phone=bold))
        texts_of_bold = until("the confirmation", lambda: len(self.gateway.to(bold)) >= 2 and len(self.gateway.to(bold)))

        self.step("a scheduled campaign waits for its time and leaves out who said STOP")
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
        self.put("campaigns", campaign_id="later", message="The depot opens at ten.", scheduled_for=at)
        until("the scheduled campaign", lambda: self.row("campaigns", campaign_id="later").get("status") == "scheduled")
        if any("depot" in text for _, text in self.gateway.to(anna)):
            fail("the scheduled campaign did not wait")
        until("the launch", lambda: self.invoke("CampaignSweepFunction") and self.is_launched("later"))
        self.expect(anna, "The depot opens at ten.")
        if len(self.gateway.to(bold)) != texts_of_bold:
            fail(f"who said STOP was texted: {self.gateway.to(bold)}")

        self.step("a typed appointment is told to its customer")
        start = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + 5 * 86400))
        key = {"pk": "appointment#salon-1", "sk": "appointment"}
        self.put("records", **key, customer=customer, starts_at=start, place="Salon Nord", name="Otto")
        self.expect(customer, "Salon Nord")

        self.play_rarer_parts()

        self.step("the sweeps run")
        self.invoke("OutboxSweepFunction")
        for sweep in ("reviews", "bookings", "confirmations", "notices", "devices"):
            self.invoke("ReminderSweepFunction", {"sweep": sweep})
        self.invoke("CampaignSweepFunction")

    def play_rarer_parts(self):
        """What brings the expressions that a usual day does not."""
        carl, dora, eve, frank = "+447911123456", "+447911123457", "+447911123458", "+447911123459"
        self.step("two employees with two ways to reach them hold a shift for two, and one gives it back")
        for phone in (carl, dora):
            self.put("contacts", phone=phone, name="Carl")
        self.put("shifts", shift_id="TWO1", shift_status="available", shift_info="Fri", capacity="2")
        for phone in (carl, dora):
            self.text(phone, "TWO1")
            self.expect(phone, "Shift booked")
        if (shift := self.row("shifts", shift_id="TWO1")).get("shift_status") != "taken":
            fail(f"the shift for two is {shift}")
        self.text(dora, "DROP TWO1")
        until("a free place", lambda: self.row("shifts", shift_id="TWO1").get("shift_status") == "available")

        self.step("a list goes on, a code that nobody knows is looked for, and a shift is typed for somebody by hand")
        # More than a sweep reads at once.
        self.put_all("shifts", ({"shift_id": f"LIST{n:04}", "shift_status": "available", "shift_info": "Sat"} for n in range(1100)))
        self.text(carl, "REQUEST")
        self.expect(carl, "MORE")
        listed = len(self.gateway.to(carl))
        self.text(carl, "MORE")
        until("the rest of the list", lambda: len(self.gateway.to(carl)) > listed)
        listed = len(self.gateway.to(carl))
        self.text(carl, "NOPE77")
        until("an answer", lambda: len(self.gateway.to(carl)) > listed)
        self.put("shifts", shift_id="HAND1", shift_status="taken", shift_info="Sun", employee=dora)
        until("the booking", lambda: self.row("records", pk=f"employee#{dora}", sk="booking#HAND1"))

        self.step("another receipt that names no message comes")
        self.webhook(receipt_of(carl))

        self.step("an organisation with a budget announces to its own contact")
        self.put("records", pk="organisation#school", sk="settings", name="Clay School", budget="100", zone="Asia/Kolkata",
                 quiet_hours="off", legal_hours="off")
        self.put("contacts", phone=eve, organisation="school")
        self.put("campaigns", campaign_id="paid", message="The kiln is hot.", organisation="school")
        self.expect(eve, "The kiln is hot.")

        self.step("more texts than the gateway's rate wait for their turn, and a contact of no organisation is marked")
        self.put("contacts", phone="+12025550130", groups="paced", organisation="nowhere")
        paced = [f"+120255501{n}" for n in range(10, 30)]
        for phone in paced:
            self.put("contacts", phone=phone, groups="paced")
        self.put("campaigns", campaign_id="paced", message="One after the other.", audience="paced")
        until("the first texts", lambda: any(self.gateway.to(phone) for phone in paced))
        until("the mark", lambda: "error" in self.row("contacts", phone="+12025550130"))

        self.step("a sequence is run")
        self.put("records", pk="template#hello", sk="template", content="Hi {#var#}.", variables="Name = registrant name")
        steps = [{"id": "hello", "template": "hello", "at": "23:59", "label": "Hello"}]
        self.put("records", pk="sequence#day", sk="sequence", steps=json.dumps(steps))
        self.put("records", pk="tag#pottery", sk="tag", sequence="day")
        self.put("records", pk="workshop#clay", sk="registrant#r1", name="Frank", phone=frank)
        date = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 86400))
        workshop = {"organisation": "school", "title": "Pottery", "tag": "pottery", "date": date, "run": "yes"}
        self.put("records", pk="workshop#clay", sk="workshop", **workshop)
        until("the sequence", lambda: self.row("records", pk="workshop#clay", sk="workshop").get("progress"))
        self.http("POST", "/v2/workshops/clay/cancel", {})
        self.http("GET", "/v2/workshops/clay/checkpoints", None)

        self.step("a program has a one-time code sent, and a person is erased")
        code = {"type": "one-time-code", "to": carl, "idempotency_key": "login-1", "variables": {"code": "012345"}}
        self.http("POST", "/v2/messages", code)
        self.expect(carl, "012345")
        self.http("DELETE", f"/v2/people/{carl}", None)
        until("the erasure", lambda: not self.row("contacts", phone=carl).get("name"))

    def statuses(self, phone):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=f"{STACK}-messages")
        rows = [row for page in pages for row in page["Items"]]
        return {row["status"]["S"] for row in rows if row.get("to", {}).get("S") == phone}

    def is_launched(self, campaign):
        return self.row("campaigns", campaign_id=campaign).get("status") not in (None, "scheduled")


def sources():
    """The product's own storage code, without its tests."""
    paths = (ROOT / "shared/storage/src").rglob("*.rs")
    return [path.read_text().split("#[cfg(test)]")[0] for path in paths if path.stem != "tests"]


def used():
    """The constructs that the product's expressions are made of, by their names."""
    text = "\n".join(sources())
    # The builder joins its verbs and conditions to what follows them.
    built = {name for name in ("SET", "REMOVE", "ADD", "DELETE") if f'("{name}", &self.' in text} | {"AND"}
    # What is formatted into an expression is a placeholder.
    strings = (re.sub(r"\{\w*\}", ":v", it) for it in re.findall(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL))
    expressions = "\n".join(it for it in strings if "#" in it or ":" in it)
    return built | {name for name, pattern in CONSTRUCTS.items() if re.search(pattern, expressions)}


def literals():
    """The expressions that stand in the source as they are sent."""
    found = set()
    for text in sources():
        found |= set(re.findall(r'(?:key_condition|filter|projection)_expression\(\s*"([^"]+)"', text))
    return {VALUE.sub(":v", re.sub(r"\\\n\s+", "", it)) for it in found}


def summary(recorder):
    print(f"\n{len(recorder.seen)} DynamoDB expressions were understood:")
    for (operation, kind, expression), count in sorted(recorder.seen.items()):
        print(f"  {count:4} {operation} {kind.removesuffix('Expression')}: {expression}")
    seen = "\n".join(expression for _, _, expression in recorder.seen)
    expressions = {expression for _, _, expression in recorder.seen}
    missing = sorted(name for name in used() if not re.search(CONSTRUCTS[name], seen))
    print(f"constructs of the product that were not seen: {', '.join(missing) or 'none'}")
    unseen = sorted(literals() - expressions)
    print("expressions written out in the source that were not seen:" + "".join(f"\n  {it}" for it in unseen or ["none"]))
    for refusal in recorder.refused:
        print(f"refused: {refusal}")


def main():
    parser = argparse.ArgumentParser(description="Plays a story on ministack.")
    parser.add_argument("binaries", type=Path, help="folder with one binary a function")
    parser.add_argument("--keep-log", type=Path, help="where ministack's own log is kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        tempfile.tempdir = str(folder)
        archives = zipped(arguments.binaries, folder)
        log_file = arguments.keep_log or folder / "ministack.log"
        port = free_port()
        gateway = Gateway()
        recorder = Recorder(port)
        with log_file.open("wb") as log:
            stack = Stack(port, recorder.port, log)
            try:
                outputs = stack.deploy(archives)
                path = f"/{STACK}/{STAGE}"
                base_url = f"http://127.0.0.1:{gateway.port}"
                routing = {"*": ["skyline"], "+44": ["skyline", "twilio"]}
                parameters = {"routing": json.dumps(routing), "gsm/base-url": base_url, "gsm/webhook-token": TOKEN}
                parameters |= {"gsm/username": "admin", "gsm/password": "secret", "twilio/base-url": base_url}
                parameters |= {"gsm/rate": "5/s"}
                parameters |= {"twilio/account-sid": "AC" + 32 * "0", "twilio/auth-token": "secret", "twilio/from": BUSINESS}
                for name, value in parameters.items():
                    stack.client("ssm").put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString")
                Story(stack, gateway, outputs).play()
            finally:
                stack.stop()
                summary(recorder)
    if recorder.refused:
        fail("it refused what the product asks of DynamoDB")
    print("the story is told")


if __name__ == "__main__":
    main()
