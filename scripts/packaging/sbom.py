# SPDX-License-Identifier: Apache-2.0

"""Writes a bill of materials (CycloneDX 1.6, JSON) of `spoor`: the Swift packages that its build resolved (some
belong to tests and are not linked in), the standard library, and the Debian packages that it needs at run time.

    sbom.py VERSION PACKAGE.RESOLVED DEPENDS SECONDS

DEPENDS is the value of the package's Depends field. SECONDS since 1970 are the document's time.
"""
import datetime
import json
import re
import subprocess
import sys
import uuid


def component(kind, name, version, purl, **more):
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl, **more}


def swift_packages(path):
    with open(path) as file:
        for pin in json.load(file)["pins"]:
            version = pin["state"].get("version") or pin["state"]["revision"]
            place = re.sub(r"^https://|\.git$", "", pin["location"])
            yield component("library", pin["identity"], version, f"pkg:swift/{place}@{version}",
                            externalReferences=[{"type": "vcs", "url": pin["location"]}])


def swift_itself():
    text = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"Swift version (\S+)", text)[1]
    yield component("library", "swift-runtime", version, f"pkg:generic/swift@{version}",
                    description="The standard library, Foundation and Dispatch, linked statically.")


def debian_packages(depends):
    for part in depends.split(","):
        name = part.split("|")[0].split("(")[0].strip()
        version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], check=True, capture_output=True,
                                 text=True).stdout
        yield component("library", name, version, f"pkg:deb/debian/{name}@{version}", scope="required",
                        description="Linked dynamically; any version that the package's Depends field allows.")


def main(version, resolved, depends, seconds):
    own = component("application", "spoor", version, f"pkg:generic/spoor@{version}",
                    licenses=[{"license": {"id": "Apache-2.0"}}])
    parts = [*swift_packages(resolved), *swift_itself(), *debian_packages(depends)]
    time = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).isoformat()
    json.dump({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        # The same for the same content.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([own, parts]))}",
        "metadata": {"timestamp": time, "component": own},
        "components": parts,
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": [one["bom-ref"] for one in parts]}],
    }, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
