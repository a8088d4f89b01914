#include "loader/pickle.h"

#include <bit>
#include <utility>

#include "base/printable.h"
#include "loader/pickle_machine.h"

namespace gpt2run {
namespace {

using Kind = PickleValue::Kind;

constexpr const char* kOrderedDict = "collections.OrderedDict";

// Each of these does one opcode if it is of its kind; false if it is not.

bool constant(PickleMachine& machine, char opcode) {
  switch (opcode) {
    case 'N':
      machine.push(Kind::kNone);
      return true;
    case '\x88':
    case '\x89':
      machine.push(Kind::kBool).number = opcode == '\x88' ? 1 : 0;
      return true;
    case '\x95':  // FRAME: how much may be read at once
      machine.take_number(8);
      return true;
    default:
      return false;
  }
}

// Two's complement, little-endian, of any length.
void push_long(PickleMachine& machine, std::string_view bytes) {
  if (bytes.size() > 8) {
    machine.push(Kind::kLongInt).text = bytes;
    return;
  }
  const bool is_negative = !bytes.empty() && static_cast<signed char>(bytes.back()) < 0;
  uint64_t bits = is_negative ? ~uint64_t{0} : 0;
  for (size_t i = bytes.size(); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
  machine.push(Kind::kInt).number = static_cast<int64_t>(bits);
}

double big_endian_double(std::string_view bytes) {
  uint64_t bits = 0;
  for (const char c : bytes) bits = bits << 8 | static_cast<unsigned char>(c);
  return std::bit_cast<double>(bits);
}

bool number(PickleMachine& machine, char opcode) {
  switch (opcode) {
    case 'J':
      machine.push(Kind::kInt).number = static_cast<int32_t>(machine.take_number(4));
      return true;
    case 'K':
    case 'M':
      machine.push(Kind::kInt).number =
          static_cast<int64_t>(machine.take_number(opcode == 'K' ? 1 : 2));
      return true;
    case '\x8a':
    case '\x8b':
      push_long(machine, machine.take(machine.take_number(opcode == '\x8a' ? 1 : 4)));
      return true;
    case 'G':
      machine.push(Kind::kFloat).real = big_endian_double(machine.take(8));
      return true;
    default:
      return false;
  }
}

bool text(PickleMachine& machine, char opcode) {
  struct Text {
    char opcode;
    Kind kind;
    size_t n_length;  // bytes of the length before it
  };
  constexpr Text kTexts[] = {
      {'X', Kind::kString, 4}, {'\x8c', Kind::kString, 1}, {'\x8d', Kind::kString, 8},
      {'T', Kind::kString, 4}, {'U', Kind::kString, 1},  // Python 2's str
      {'B', Kind::kBytes, 4},  {'C', Kind::kBytes, 1},     {'\x8e', Kind::kBytes, 8},
  };
  for (const Text& text : kTexts) {
    if (text.opcode != opcode) continue;
    const std::string_view bytes = machine.take(machine.take_number(text.n_length));
    machine.push(text.kind).text = bytes;
    return true;
  }
  return false;
}

bool tuple(PickleMachine& machine, char opcode) {
  switch (opcode) {
    case '(':
      machine.mark();
      return true;
    case ')':
      machine.push(Kind::kTuple);
      return true;
    case 't':
      machine.push_items(Kind::kTuple, machine.pop_to_mark());
      return true;
    case '\x85':
    case '\x86':
    case '\x87':
      machine.push_items(Kind::kTuple, machine.pop_items(static_cast<size_t>(opcode - '\x84')));
      return true;
    default:
      return false;
  }
}

bool container(PickleMachine& machine, char opcode) {
  switch (opcode) {
    case ']':
      machine.push(Kind::kList);
      return true;
    case '}':
      machine.push(Kind::kDict);
      return true;
    case 'a':
      machine.add_items(Kind::kList, machine.pop_items(1));
      return true;
    case 'e':
      machine.add_items(Kind::kList, machine.pop_to_mark());
      return true;
    case 's':
      machine.add_items(Kind::kDict, machine.pop_items(2));
      return true;
    case 'u':
      machine.add_items(Kind::kDict, machine.pop_to_mark());
      return true;
    default:
      return false;
  }
}

bool stack_and_memo(PickleMachine& machine, char opcode) {
  switch (opcode) {
    case '0':
      machine.pop();
      return true;
    case '1':
      machine.pop_to_mark();
      return true;
    case '2':
      machine.push_top_again();
      return true;
    case 'q':
    case 'r':
      machine.put(machine.take_number(opcode == 'q' ? 1 : 4));
      return true;
    case '\x94':
      machine.put_next();
      return true;
    case 'h':
    case 'j':
      machine.push_memo(machine.take_number(opcode == 'h' ? 1 : 4));
      return true;
    default:
      return false;
  }
}

void push_global(PickleMachine& machine, const std::string& global,
                 const std::function<bool(std::string_view)>& is_allowed) {
  if (global != kOrderedDict && !is_allowed(global)) {
    machine.refuse("asks for " + printable(global) +
                   ", which is refused, never run; expected only tensors, dicts, lists, numbers "
                   "and strings; save the model's state_dict() alone");
  }
  machine.push(Kind::kGlobal).text = global;
}

void call(PickleMachine& machine) {
  const uint32_t arguments = machine.pop(), callable = machine.pop();
  if (machine[callable].kind != Kind::kGlobal || machine[arguments].kind != Kind::kTuple) {
    machine.fail("calls what cannot be called; the file is damaged");
  }
  if (machine[callable].text != kOrderedDict) {
    machine.push_items(Kind::kCall, {callable, arguments});
    return;
  }
  std::vector<uint32_t> items;  // Python 2 gives them as a list of pairs
  if (!machine[arguments].items.empty()) {
    for (const uint32_t pair : machine[machine[arguments].items[0]].items) {
      const std::vector<uint32_t>& key_and_value = machine[pair].items;
      if (key_and_value.size() != 2) machine.fail("expected pairs of keys and values");
      items.insert(items.end(), key_and_value.begin(), key_and_value.end());
    }
  }
  machine.push_items(Kind::kDict, std::move(items));
}

bool object(PickleMachine& machine, char opcode,
            const std::function<bool(std::string_view)>& is_allowed) {
  switch (opcode) {
    case 'c': {
      const std::string module(machine.take_line());
      push_global(machine, module + "." + std::string(machine.take_line()), is_allowed);
      return true;
    }
    case '\x93': {
      const uint32_t name = machine.pop(), module = machine.pop();
      if (machine[name].kind != Kind::kString || machine[module].kind != Kind::kString) {
        machine.fail("expected a name of two strings, found others; the file is damaged");
      }
      push_global(machine, machine[module].text + "." + machine[name].text, is_allowed);
      return true;
    }
    case 'R':
    case '\x81':
      call(machine);
      return true;
    case 'b':  // attributes: an OrderedDict's _metadata, which says nothing of the weights
      machine.pop();
      if (machine[machine.top()].kind != Kind::kDict) machine.refuse("sets an object's attributes");
      return true;
    case 'Q':
      machine.push_items(Kind::kPersistent, machine.pop_items(1));
      return true;
    default:
      return false;
  }
}

[[noreturn]] void refuse_opcode(const PickleMachine& machine, char opcode) {
  // Of older protocols, of sets, of copyreg's extensions, and of buffers out of band.
  constexpr std::string_view kUnread = "FILSVdgilopP\x82\x83\x84\x8f\x90\x91\x92\x96\x97\x98";
  const std::string code = std::to_string(static_cast<unsigned char>(opcode));
  if (kUnread.find(opcode) != std::string_view::npos) {
    machine.refuse("expected what torch.save writes, found pickle opcode " + code +
                   ", which is not read");
  }
  machine.fail("expected a pickle opcode, found byte " + code + "; the file is damaged");
}

}  // namespace

Pickle parse_pickle(std::string_view bytes, const std::string& path, const std::string& where,
                    const std::function<bool(std::string_view global)>& is_allowed) {
  PickleMachine machine(bytes, path, where);
  if (machine.take_number(1) != 0x80) machine.fail("expected a pickle, found another first byte");
  const uint64_t protocol = machine.take_number(1);
  if (protocol < 2 || protocol > 5) {
    machine.refuse("expected a pickle of protocol 2 to 5, found " + std::to_string(protocol));
  }
  while (true) {
    const char opcode = static_cast<char>(machine.take_number(1));
    if (opcode == '.') return machine.finish();
    if (!constant(machine, opcode) && !number(machine, opcode) && !text(machine, opcode) &&
        !tuple(machine, opcode) && !container(machine, opcode) &&
        !stack_and_memo(machine, opcode) && !object(machine, opcode, is_allowed)) {
      refuse_opcode(machine, opcode);
    }
  }
}

}  // namespace gpt2run
