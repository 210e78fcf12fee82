"""How fast the crawler is beside a bare Scrapy spider on the same loopback sites, delays off; how memory grows; who waits.

    python benchmarks/crawl.py throughput [--sites 50] [--pages 40] [--rounds 3]
    python benchmarks/crawl.py memory     [--pages 100000]
    python benchmarks/crawl.py fairness   [--sites 2000] [--seconds 120] [--pages 180]

throughput: both crawl every page of the same invented sites, turn about, each in a process of its own; archive and database
are on for ours, the bare spider extracts links with Scrapy's LinkExtractor and yields one small item a page. The ratio of
each round is taken inside the round, since the machine's own speed varies more than the programs differ.
memory: resident size after every tenth of the pages. fairness: sites at one request a second each in one process, for a time;
how late the latest request of any site was, the one that had not come at the end among them, and requests a second of the
processor. With few pages a site (`--pages 4`) the run ends when every site has been read.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

WORDS = "A nurse measures blood pressure before, during and after every infusion, and a physician is in the building. "
ROOT = Path(__file__).parent.parent


@lru_cache(maxsize=5000)
def body(number: int, pages: int) -> bytes:
    """One page of about 30 KB with links to others, as a clinic's template makes them."""
    links = "".join(
        f'<li><a href="{path_of(other)}">Page {other}</a></li>'
        for other in ((number * 7 + step) % pages for step in range(1, 31))
    )
    text = "".join(f"<section><h2>Part {part} of {number}</h2><p>{WORDS * 6}</p></section>" for part in range(40))
    return f"<!doctype html><html lang=en><head><title>Page {number}</title></head><body><ul>{links}</ul>{text}</body></html>".encode()


def path_of(number: int) -> str:
    """Letters, not digits: numbered pages would look like a calendar."""
    return "/page-" + "".join(chr(97 + number // 26**power % 26) for power in range(4))


def number_of(path: str) -> int | None:
    """The page that a path names."""
    if path == "/":
        return 0
    if not path.startswith("/page-") or len(path) != 10:
        return None
    a, b, c, d = (ord(letter) - 97 for letter in path[6:])
    return a + 26 * b + 676 * c + 17576 * d


class Protocol(asyncio.Protocol):
    """The least HTTP server that keeps connections open."""

    def __init__(self, pages: int, log: dict[str, list[float]] | None) -> None:
        self._pages, self._log, self._rest = pages, log, b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while b"\r\n\r\n" in self._rest:
            head, _, self._rest = self._rest.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            host = next(line[6:] for line in head.decode().split("\r\n") if line.lower().startswith("host: "))
            if self._log is not None:
                self._log.setdefault(host, []).append(time.monotonic())
            number = number_of(path)
            found = number is not None and number < self._pages
            payload = body(number or 0, self._pages) if found else b"nothing"
            status = "200 OK" if found else "404 Not Found"
            assert self._transport is not None
            self._transport.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(payload)}\r\n\r\n".encode()
                + payload
            )


def address(number: int) -> str:
    """Each site its own loopback address."""
    return f"127.{10 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"


def serve(sites: int, pages: int, ready: "multiprocessing.synchronize.Event", out: str) -> None:
    """The sites, in a process of their own; the times of requests are written to `out` on request of a file beside it."""
    log: dict[str, list[float]] | None = {} if out else None

    async def run() -> None:
        loop = asyncio.get_running_loop()
        # One socket for all of loopback: every 127.x address reaches it.
        await loop.create_server(lambda: Protocol(pages, log), "0.0.0.0", 8399, backlog=4096)
        ready.set()
        while not (out and Path(out + ".stop").exists()):
            await asyncio.sleep(0.2)
        Path(out).write_text(json.dumps(log))

    asyncio.run(run())


def ours(folder: Path, sites: int, pages: int, **environment: str) -> tuple[float, float, int]:
    """Seconds, seconds of the processor and pages of our crawl, as it measures itself (without the start of the process)."""
    program = (
        "import json,signal,sys,time,resource\n"
        "from pathlib import Path\n"
        "from sqlmodel import Session\n"
        "from crawler.run import crawl\n"
        "from store.clinics import import_csv\n"
        "from store.engine import open_engine\n"
        "from store.settings import Settings\n"
        "settings=Settings.from_environment(); engine=open_engine(settings.database_url)\n"
        "with Session(engine) as session, session.begin(): import_csv(session, Path(sys.argv[1]), 'benchmark')\n"
        "marks=[]; step=int(sys.argv[3]); most=float(sys.argv[4]); first=[]\n"
        "def hear(p):\n"
        "    if most and not first: first.append(time.monotonic())\n"
        "    if first and first[0] and time.monotonic()-first[0]>most: first[0]=0; signal.raise_signal(signal.SIGINT)\n"
        "    if step and p.requests//step>len(marks):\n"
        "        marks.append((p.requests,int(open('/proc/self/statm').read().split()[1])*4096//1000000))\n"
        "        print(marks[-1],file=sys.stderr,flush=True)\n"
        "cpu=time.process_time()\n"
        "summary=crawl(engine,settings,every=True,max_pages=int(sys.argv[2]),progress=hear)\n"
        "cpu=time.process_time()-cpu\n"
        "print(json.dumps([summary.seconds,cpu,summary.pages,summary.requests,summary.outcomes,marks,resource.getrusage(resource.RUSAGE_SELF).ru_maxrss//1000]))\n"
    )
    listing = folder / "clinics.csv"
    listing.write_text("name,url\n" + "".join(f"Site {n},http://{address(n)}:8399/\n" for n in range(sites)))
    env = os.environ | {
        "VETTING_DATA_DIR": str(folder),
        "VETTING_CRAWL_ALLOW_NETWORKS": "127.0.0.0/8",
        "VETTING_CRAWL_DELAY": "0",
        "VETTING_CRAWL_SITE_SECONDS": "100000",
        "VETTING_CRAWL_SITE_BYTES": "100000000000",
        **environment,
    }
    step, most = environment.get("STEP", "0"), environment.get("SECONDS", "0")
    done = subprocess.run(
        [sys.executable, "-c", program, str(listing), str(pages), step, most],
        env=env,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, cpu, read, requests, outcomes, marks, peak = json.loads(done.stdout)
    print(
        f"  ours: {read} pages, {requests} requests in {seconds:.1f} s ({cpu:.1f} of the processor: {requests / cpu:.0f} requests "
        f"a second of it), {outcomes}, peak {peak} MB",
        file=sys.stderr,
    )
    if marks:
        print(json.dumps({"requests_and_resident_MB": marks}))
    return seconds, cpu, read


def bare(sites: int, pages: int) -> tuple[float, float, int]:
    """Seconds, seconds of the processor and pages of a bare Scrapy spider, from its first request to its last item."""
    program = (
        "import sys,time,json,scrapy\n"
        "from scrapy.crawler import AsyncCrawlerProcess\n"
        "from scrapy.linkextractors import LinkExtractor\n"
        "got=[0,0.0]\n"
        "class Bare(scrapy.Spider):\n"
        "    name='bare'\n"
        "    links=LinkExtractor()\n"
        "    start_urls=sys.argv[1].split()\n"
        "    def parse(self,response):\n"
        "        got[0]+=1\n"
        "        yield {'url':response.url,'size':len(response.body)}\n"
        "        for link in self.links.extract_links(response): yield scrapy.Request(link.url)\n"
        "process=AsyncCrawlerProcess({'LOG_ENABLED':False,'ROBOTSTXT_OBEY':True,'DOWNLOAD_DELAY':0,'TELNETCONSOLE_ENABLED':False,"
        "'COOKIES_ENABLED':False,'CONCURRENT_REQUESTS':100,'CONCURRENT_REQUESTS_PER_DOMAIN':1})\n"
        "process.crawl(Bare); t=time.monotonic(); c=time.process_time(); process.start()\n"
        "print(json.dumps([time.monotonic()-t,time.process_time()-c,got[0]]))\n"
    )
    urls = " ".join(f"http://{address(n)}:8399/" for n in range(sites))
    done = subprocess.run(
        [sys.executable, "-c", program, urls], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, cpu, read = json.loads(done.stdout)
    print(f"  bare: {read} pages in {seconds:.1f} s ({cpu:.1f} of the processor)", file=sys.stderr)
    return seconds, cpu, read


def lateness(log: dict[str, list[float]], sites: int, pages: int) -> dict[str, float]:
    """How late requests were against one a second: after the one before, and at the end of a site with pages still to ask for."""
    end = max(times[-1] for times in log.values())
    late = sorted(later - sooner - 1.0 for times in log.values() for sooner, later in pairwise(times))
    waiting = [end - times[-1] - 1.0 for times in log.values() if len(times) < pages]
    return {
        "sites": sites,
        "sites_asked": len(log),
        "requests": sum(map(len, log.values())),
        "fewest_of_a_site": min(map(len, log.values())),
        "most_of_a_site": max(map(len, log.values())),
        "gaps_shorter_than_1s": sum(gap < 0 for gap in late),
        "latest_seconds": round(max([late[-1], *waiting]), 2),
        "p99": round(late[int(len(late) * 0.99)], 2),
        "median": round(statistics.median(late), 3),
    }


def main() -> None:
    """Run one of the three measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["throughput", "memory", "fairness"])
    parser.add_argument("--sites", type=int)
    parser.add_argument("--pages", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120.0)
    asked = parser.parse_args()
    defaults = {"throughput": (50, 40), "memory": (100, 100_000), "fairness": (2000, int(asked.seconds) + 60)}
    sites, pages = asked.sites or defaults[asked.what][0], asked.pages or defaults[asked.what][1]
    each = pages // sites if asked.what == "memory" else pages
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "times.json") if asked.what == "fairness" else ""
        ready = multiprocessing.Event()
        server = multiprocessing.Process(target=serve, args=(sites, each, ready, out), daemon=True)
        server.start()
        if not ready.wait(10):
            sys.exit("error: port 8399 is taken; wait for the other benchmark")
        if asked.what == "throughput":
            ratios, by_processor = [], []
            for number in range(asked.rounds):
                (Path(folder) / str(number)).mkdir()
                our_seconds, our_cpu, our_pages = ours(Path(folder) / str(number), sites, pages)
                bare_seconds, bare_cpu, bare_pages = bare(sites, pages)
                by_processor.append((our_pages / our_cpu) / (bare_pages / bare_cpu))
                ratios.append((our_pages / our_seconds) / (bare_pages / bare_seconds))
            print(
                json.dumps(
                    {
                        "ratio_to_bare_scrapy": [round(ratio, 2) for ratio in ratios],
                        "median": round(statistics.median(ratios), 2),
                        "median_by_processor_time": round(statistics.median(by_processor), 2),
                    }
                )
            )
        elif asked.what == "memory":
            ours(Path(folder), sites, each, STEP=str(pages // 10), VETTING_CRAWL_SITES="20")
        else:
            crowd = {"VETTING_CRAWL_DELAY": "1", "VETTING_CRAWL_SITES": str(sites), "SECONDS": str(asked.seconds)}
            ours(Path(folder), sites, each, **crowd)
            Path(out + ".stop").touch()
            server.join(30)
            print(json.dumps(lateness(json.loads(Path(out).read_text()), sites, each)))
        server.terminate()


if __name__ == "__main__":
    main()
