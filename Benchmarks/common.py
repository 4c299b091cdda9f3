"""What the drivers share: running programs, medians, and the machine in words."""
import datetime, json, os, platform, statistics, subprocess


def machine():
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return {"date": datetime.date.today().isoformat(), "cpu": cpu, "cores": os.cpu_count()}


def last_json(text):
    return json.loads(text.strip().splitlines()[-1])


def run(command, **options):
    """The JSON object that a program prints last on standard error."""
    done = subprocess.run(command, check=True, stdout=options.pop("stdout", subprocess.DEVNULL), stderr=subprocess.PIPE,
                          text=True, **options)
    return last_json(done.stderr)


def median(values, digits=0):
    value = statistics.median(values)
    return round(value, digits) if digits else round(value)


def write(path, summary):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")
    print(json.dumps(summary, indent=2))
