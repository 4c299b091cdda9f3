// SPDX-License-Identifier: Apache-2.0

// The record of the other programs, written by spdlog: spdlog-peer hot|lines COUNT. The line is the same JSON, built by
// its pattern and fmt. Prints one JSON object to standard error.
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>

static double processor_time() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

// A null sink that still formats. Otherwise there would be nothing to measure.
class formatting_sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg &message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    size += line.size();
  }
  void flush_() override {}

 public:
  size_t size = 0;
};

int main(int count, char **arguments) {
  if (count != 3) return std::fprintf(stderr, "usage: spdlog-peer hot|lines COUNT\n"), 2;
  bool hot = !std::strcmp(arguments[1], "hot");
  long records = std::atol(arguments[2]);
  spdlog::sink_ptr sink;
  if (hot) sink = std::make_shared<formatting_sink>();
  else sink = std::make_shared<spdlog::sinks::stdout_sink_st>();
  spdlog::logger logger("orders", sink);
  logger.set_pattern(
      R"({"timestamp":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","service":"order-service",%v})", spdlog::pattern_time_type::utc);
  auto work = [&](long number) {
    logger.info(R"("trace_id":"{}","span_id":"{}","event":"payment_timeout","order_id":"{}","user_id":"{}","retry_count":{})",
                "463ac35c9f6413ad48485a3953bb6124", "48485a3953bb6124", "ORD7890", "U5678", number);
  };
  if (hot) for (long number = 0; number < records / 10; number++) work(number);
  timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  double began = processor_time();
  for (long number = 0; number < records; number++) work(number);
  logger.flush();
  clock_gettime(CLOCK_MONOTONIC, &end);
  std::fprintf(stderr, "{\"cpu_ns\": %f, \"wall_s\": %f}\n", (processor_time() - began) / records,
               end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9);
}
