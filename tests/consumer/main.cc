#include <gpt2run/gpt2run.h>

#include <iostream>

int main() try {
  const auto model = gpt2run::Model::load(gpt2run::Model::default_path());
  std::cout << model.generate("To be, or not to be", {.n_tokens = 1}) << '\n';
} catch (const gpt2run::Error& error) {
  std::cerr << error.what() << '\n';
  return static_cast<int>(error.code());
}
