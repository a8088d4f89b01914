// What gpt2ckpt can do is the table in gpt2ckpt_commands.cc; a command is a cmd_<name>.cc.
#include "tools/gpt2ckpt_commands.h"
#include "tools/report_errors.h"
#include "tools/standard_streams.h"

int main(int argc, char** argv) {
  gpt2run::open_missing_standard_streams();
  gpt2run::set_program_name("gpt2ckpt");
  return gpt2run::report_errors([&] { return gpt2run::run_gpt2ckpt(argc, argv); });
}
