# SPDX-License-Identifier: Apache-2.0

"""The checks of scripts/check-deploy.sh. Its interpreter is that of `scripts/python-env.sh deploy`."""
import argparse
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import otel_collector
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
BIN = pathlib.Path(sys.executable).parent
# The Collector from PyPI has these parts and no others; it validates the files that need nothing else.
COLLECTOR_PARTS = {"receivers": {"filelog"}, "processors": {"batch", "memory_limiter", "k8spath"}, "exporters": {"otlphttp"}}
# Variables that the configurations take from the environment.
VARIABLES = {"KAFKA_BROKERS": "kafka:9092", "LOKI_ENDPOINT": "http://loki:3100/otlp", "TEMPO_ENDPOINT": "http://tempo:4318",
             "GATEWAY_ENDPOINT": "http://gateway:4318", "OPENSEARCH_URL": "http://opensearch:9200",
             "LOG_FILES": "/var/log/pods/*/*/*.log"}


class Wrong(Exception):
    pass


def run(*command, **options):
    result = subprocess.run([str(one) for one in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise Wrong(f"{pathlib.Path(str(command[0])).name}: {(result.stdout + result.stderr).strip()}")
    return result.stdout + result.stderr


def need(condition, text):
    if not condition:
        raise Wrong(text)


# Dockerfiles

def dockerfile(path, spoor):
    run(BIN / "hadolint", path)
    if spoor:
        text = path.read_text()
        for found in re.findall(r"^(?:CMD|ENTRYPOINT) (\[.*\])$", text, re.M):
            arguments = yaml.safe_load(found)
            if path.name == "spoor.Dockerfile" and not arguments[0].startswith("/"):
                check_arguments(spoor, arguments)
    return "hadolint"


def dockerignore(path, _):
    need(path.with_suffix("").exists(), f"{path.with_suffix('').name} must be beside it")
    patterns = path.read_text().split()
    need("**/.build*" in patterns, "build folders must be left out, because their objects are another machine's")
    return "beside its Dockerfile"


# Compose

def compose(path, spoor):
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", path)
    file = yaml.safe_load(path.read_text())
    services, volumes = file["services"], set(file.get("volumes") or {})
    used = set()
    for name, service in services.items():
        for other in service.get("depends_on") or ():
            need(other in services, f"{name}: depends on {other}, which is no service")
        for secret in service.get("secrets") or ():
            need(secret in file["secrets"], f"{name}: the secret {secret} is not declared")
        for volume in service.get("volumes") or ():
            source = volume.split(":")[0]
            if source.startswith("."):
                need((path.parent / source).exists(), f"{name}: {source} must be a file of this repository")
            else:
                used.add(source)
        build = service.get("build")
        if build and "/dist" not in build["context"]:
            need((path.parent / build["context"] / build["dockerfile"]).exists(), f"{name}: no {build['dockerfile']}")
        if spoor and service.get("image") == "spoor":
            check_arguments(spoor, service["command"])
    need(used == volumes, f"the declared volumes {sorted(volumes)} must be those in use, which are {sorted(used)}")
    for name, service in services.items():
        for host, port in re.findall(r"https?://([a-z-]+):(\d+)", str(service)):
            need(host in services, f"{name}: calls {host}:{port}, which is no service")
    return "Compose's schema, references"


# Kubernetes

def kubernetes(path, spoor):
    run(BIN / "kubernetes-validate", "--strict", path)
    objects = list(yaml.safe_load_all(path.read_text()))
    for item in objects:
        template = item.get("spec", {}).get("template")
        if not template:
            continue
        pod, name = template["spec"], item["metadata"]["name"]
        labels = template["metadata"]["labels"]
        need(item["spec"]["selector"]["matchLabels"].items() <= labels.items(), f"{name}: the selector must match the pod")
        volumes = {one["name"] for one in pod.get("volumes", ())}
        volumes |= {one["metadata"]["name"] for one in item["spec"].get("volumeClaimTemplates", ())}
        for container in pod["containers"] + pod.get("initContainers", []):
            for mount in container.get("volumeMounts", ()):
                need(mount["name"] in volumes, f"{name}: the volume {mount['name']} is not declared")
            need("memory" in container["resources"]["limits"], f"{name}: {container['name']} needs a limit of memory")
            need(container["securityContext"]["readOnlyRootFilesystem"], f"{name}: the root must be read-only")
            ports = {one["name"] for one in container.get("ports", ())}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                action = container.get(probe) or {}
                target = (action.get("httpGet") or action.get("tcpSocket") or {}).get("port")
                need(target is None or target in ports, f"{name}: {probe} asks the port {target}, which is not declared")
            if spoor and "/spoor:" in container["image"]:
                check_arguments(spoor, kubernetes_arguments(container, objects))
    return "Kubernetes' schemas, references"


def kubernetes_arguments(container, objects):
    if "args" in container:
        return container["args"]
    # The agent's, which are in a ConfigMap.
    source = container["env"][0]["valueFrom"]["configMapKeyRef"]
    item = next(one for one in objects if one["kind"] == "ConfigMap" and one["metadata"]["name"] == source["name"])
    return item["data"][source["key"]].split()


# systemd

def unit(path, spoor):
    text = path.read_text()
    # The programs are not installed here, and `verify` looks for them.
    checked = re.sub(r"^ExecStart=/usr/bin/spoor", f"ExecStart={shutil.which('true')}", text, flags=re.M)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / path.name
        copy.write_text(checked)
        output = run("systemd-analyze", "verify", "--man=no", copy)
        need(not output.strip(), f"systemd-analyze: {output.strip()}")
    if spoor and (command := re.search(r"^ExecStart=/usr/bin/spoor (.*)$", text, re.M)):
        line = command[1]
        if "$ARGUMENTS" in line:
            line = line.replace("$ARGUMENTS", re.search(r'^Environment="ARGUMENTS=(.*)"$', text, re.M)[1])
        check_arguments(spoor, shlex.split(line))
    return "systemd-analyze verify"


# Configurations of the OpenTelemetry Collector, which Jaeger's is too

def collector(path, _):
    text = path.read_text()
    for name in re.findall(r"\$\{env:([A-Z_]+)\}", text):
        need(name in VARIABLES, f"the variable {name} is unknown")
    file = yaml.safe_load(text)
    in_use = {"extensions": set(file["service"].get("extensions", ()))}
    for pipeline in file["service"]["pipelines"].values():
        for kind, names in pipeline.items():
            in_use.setdefault(kind, set()).update(names)
    for kind in ("receivers", "processors", "exporters", "extensions"):
        declared = set(file.get(kind) or {})
        need(declared == in_use.get(kind, set()),
             f"the declared {kind} {sorted(declared)} must be those in use, which are {sorted(in_use.get(kind, set()))}")
    for storage in find(file, "storage"):
        if isinstance(storage, str):
            need(storage in file["extensions"], f"the storage {storage} is no extension")
    parts = {kind: {name.split("/")[0] for name in file.get(kind) or {}} for kind in COLLECTOR_PARTS}
    if any(parts[kind] - COLLECTOR_PARTS[kind] for kind in COLLECTOR_PARTS):
        return "references"
    # The storage of positions is the one part that this Collector lacks.
    del file["extensions"], file["service"]["extensions"]
    for receiver in file["receivers"].values():
        receiver.pop("storage", None)
    program = next((pathlib.Path(otel_collector.__file__).parent / "bin").glob("otelcol-contrib*"))
    program.chmod(0o755)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as copy:
        yaml.safe_dump(file, copy)
        copy.flush()
        run(program, "validate", "--config", copy.name, env=VARIABLES)
    return "the Collector's validate, without file_storage"


def find(value, key):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from find(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from find(inner, key)


def settings(path, _):
    """Tempo's, Loki's and Grafana's files, whose programs cannot be had here."""
    text = path.read_text()
    need(isinstance(yaml.safe_load(text), dict), "must be a mapping")
    fleet = (DEPLOY / "compose/fleet.yaml").read_text()
    for name in re.findall(r"\$\{([A-Z0-9_]+)\}", text):
        need(f"{name}:" in fleet, f"compose/fleet.yaml does not set {name}")
    return "YAML, variables"


# The arguments of `spoor`

def check_arguments(spoor, arguments):
    command, options = arguments[0], [one for one in arguments[1:] if one.startswith("--")]
    help_text = run(spoor, "help", command)
    need(f"spoor {command}" in help_text, f"`spoor {command}` must be a command, but `spoor help {command}` does not know it")
    for option in options:
        need(re.search(rf"(^|[ \[]){option}[ ,\]\n]", help_text), f"`spoor {command}` must have {option}, but has not")


CHECKS = [
    ("docker/*.Dockerfile", dockerfile), ("docker/*.dockerignore", dockerignore), ("compose/*.yaml", compose),
    ("kubernetes/*.yaml", kubernetes), ("systemd/*.service", unit), ("otelcol/*.yaml", collector),
    ("backends/jaeger.yaml", collector), ("backends/*.yaml", settings)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--spoor", type=lambda text: str(pathlib.Path(text).resolve()))
    arguments = parser.parse_args()
    wrong = 0
    files = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]
    for path in files:
        check = next((check for pattern, check in CHECKS if path.match(f"deploy/{pattern}")), None)
        try:
            need(check, "no check knows this file")
            print(f"ok    {path.relative_to(ROOT)}: {check(path, arguments.spoor)}")
        except Wrong as error:
            wrong += 1
            print(f"WRONG {path.relative_to(ROOT)}: {error}")
    print(f"{len(files) - wrong} of {len(files)} files of deploy/ are right")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
