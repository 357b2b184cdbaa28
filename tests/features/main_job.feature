Feature: The main job, on real wires
  An order is run at one press: signed in by badge, started by label, counted by the PLC, checked by an
  inspector, repaired by a technician, confirmed and received by the MES, every entry exactly once.
  The terminal, the plant, its PLC and the MES are processes of their own.

  Background:
    Given the demo plant with its PLC, readers and MES
    And a terminal at its wires

  Scenario: The MES is there
    When the shift plays its story
    Then the MES holds the job response with counts, stop, sample, nonconformance and repair
    And every entry is at the MES exactly once, with its receipt on the terminal
    And what was counted is what the PLC's counter counted

  Scenario: The MES is away all the time
    When the MES is switched off
    And the shift plays its story
    Then the terminal says that the MES is away and how many entries wait
    When the MES is switched on
    Then the MES holds the job response with counts, stop, sample, nonconformance and repair
    And every entry is at the MES exactly once, with its receipt on the terminal
    And what was counted is what the PLC's counter counted

  Scenario: The PLC is restarted while the press runs
    When the shift plays its story until it produces
    And the PLC is restarted
    Then the terminal says that the PLC is lost, and later that it is back
    When the shift plays the rest of its story
    Then the MES holds the job response with counts, stop, sample, nonconformance and repair
    And every entry is at the MES exactly once, with its receipt on the terminal
    And what was counted is what the PLC's counter counted

  Scenario: The readers are unplugged and plugged in again
    When the badge reader and the scanner are unplugged
    Then the terminal says that both readers are lost
    When they are plugged in again
    And the shift plays its story
    Then the MES holds the job response with counts, stop, sample, nonconformance and repair
    And every entry is at the MES exactly once, with its receipt on the terminal

  Scenario: The terminal is killed after every step
    When the shift plays its story, and the terminal is killed after each step
    Then the MES holds the job response with counts, stop, sample, nonconformance and repair
    And every entry is at the MES exactly once, with its receipt on the terminal
    And what was counted is what the PLC's counter counted
