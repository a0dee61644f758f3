"""The typed intermediate representation: nodes, builder, verifier, printer and codec."""

from decision_engine.ir.builder import Builder, operands, roots, type_of, with_operands
from decision_engine.ir.codec import CodecError, decode_program, encode_program
from decision_engine.ir.nodes import IR_VERSION, Node, Program, Ref, Source, Type
from decision_engine.ir.printer import print_program
from decision_engine.ir.verify import VerificationError, verify

__all__ = [
    "IR_VERSION",
    "Builder",
    "CodecError",
    "Node",
    "Program",
    "Ref",
    "Source",
    "Type",
    "VerificationError",
    "decode_program",
    "encode_program",
    "operands",
    "print_program",
    "roots",
    "type_of",
    "verify",
    "with_operands",
]
